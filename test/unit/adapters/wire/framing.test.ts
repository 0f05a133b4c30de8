import { describe, expect, it } from 'vitest';
import { framingOf } from '../../../../lib/adapters/wire/framing.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('the header of a value', () => {
  it('is Confluent’s: byte 0 and an id of 4 bytes, big-endian', () => {
    expect(framingOf(hex('00 00 00 01 2a 7b 7d'))).toEqual({
      registry: 'confluent',
      schema: 298,
      payload: hex('7b 7d'),
    });
    expect(framingOf(hex('00 ff ff ff ff 00'))).toMatchObject({ schema: 4_294_967_295 });
  });

  it('is Confluent’s also where nothing stands behind it, as before an Avro null', () => {
    expect(framingOf(hex('00 00 00 00 07'))).toEqual({
      registry: 'confluent',
      schema: 7,
      payload: hex(''),
    });
  });

  it.each([
    ['as it is', '00', false],
    ['compressed', '05', true],
  ])('is Glue’s: byte 3, how it is packed (%s), and a UUID', (_, packing, isCompressed) => {
    expect(framingOf(hex(`03 ${packing} 0123456789abcdef0123456789abcdef 7b 7d`))).toEqual({
      registry: 'glue',
      schema: '01234567-89ab-cdef-0123-456789abcdef',
      isCompressed,
      payload: hex('7b 7d'),
    });
  });

  it('is read where it stands, in a buffer that holds more', () => {
    const pool = hex('ff ff 00 00 00 00 09 7b 7d');
    expect(framingOf(pool.subarray(2, 8))).toMatchObject({ schema: 9, payload: hex('7b') });
  });

  it.each([
    ['JSON', Buffer.from('{"a":1}')],
    ['JSON behind white space', Buffer.from(' \t\r\n[]')],
    ['nothing at all', new Uint8Array()],
    ['too short for Confluent’s', hex('00 00 00 01')],
    ['too short for Glue’s', hex('03 00 0123456789abcdef0123456789abcd')],
    ['packed in a way that Glue does not know', hex('03 01 0123456789abcdef0123456789abcdef 00')],
    ['of another registry', hex('01 00 00 00 01 00')],
  ])('is none: %s', (_, value) => {
    expect(framingOf(value)).toBeUndefined();
  });
});
