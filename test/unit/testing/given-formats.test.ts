import { describe, expect, it } from 'vitest';
import { avro, protobuf } from '../../../lib/core/contract/formats.ts';
import { event } from '../../../lib/testing/event.ts';
import { given } from '../../../lib/testing/given.ts';
import { contractWith, readingFeatures } from '../../support/avro-readings.ts';

describe('given(features) of a source in another format', () => {
  it.each([avro(), protobuf()])('takes data as it is decoded: $format', async (format) => {
    const stage = readingFeatures(contractWith(format));
    const result = await given(stage)
      .context('climate', { sensor: 'a', at: '2026-01-01T00:00:00Z' })
      .events(
        event('read', { sensor: 'a', at: '2026-01-01T00:00:01Z', value: 2 }),
        event('read', { sensor: 'a', at: '2026-01-01T00:00:02Z', value: 'much' }),
      );
    expect(result.vectors).toEqual([{ mean: 2 }]);
    expect(result.verdicts).toEqual(['done', 'dead-lettered(schema)']);
  });
});
