import { describe, expect, it } from 'vitest';
import { murmur2, partitionOf } from '../../../lib/adapters/partitioner.ts';
import { bytesOf } from '../../../lib/core/record.ts';

describe('murmur2', () => {
  // The vectors of org.apache.kafka.common.utils.UtilsTest.testMurmur2.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('of %s is %i, as in Kafka', (key, expected) => {
    expect(murmur2(bytesOf(key))).toBe(expected);
  });

  it('reads bytes above 127 and views into larger buffers', () => {
    const bytes = Uint8Array.of(0xff, 0x80, 0xfe, 0x81, 0xc3, 0xab, 0x90);
    const view = Uint8Array.of(1, 2, 3, ...bytes, 4).subarray(3, 3 + bytes.length);
    expect(murmur2(view)).toBe(murmur2(bytes));
    expect(murmur2(bytes)).not.toBe(murmur2(bytes.map((byte) => byte & 0x7f)));
  });
});

describe('partitionOf', () => {
  it('takes the hash without its sign, modulo the number of partitions', () => {
    expect(partitionOf(bytesOf('abc'), 7)).toBe(479470107 % 7);
    expect(partitionOf(bytesOf('21'), 7)).toBe((-973932308 & 0x7fffffff) % 7);
    expect(partitionOf(bytesOf('21'), 1)).toBe(0);
  });
});
