import { describe, expect, it } from 'vitest';
import type { StageName } from '../../../../lib/core/contract/resolved.ts';
import { mappingFor } from '../../../../lib/local/event-source/mapping-for.ts';
import { START } from '../../../support/mapping-bench.ts';
import { tinyContract, tinyMapping } from '../../../support/tiny-contract.ts';

const place = { environment: 'dev', bucketFolder: '/state/bucket' };
const contract = tinyContract();

describe("a stage's mapping", () => {
  it.each([
    ['features', contract.source, contract.features.mapping],
    ['inference', contract.vectors, contract.inference.mapping],
    ['action', contract.decisions, contract.action.mapping],
  ] as const)('of %s is what its contract says, in its environment', (stage, topic, mapping) => {
    expect(mappingFor(contract, stage, place, START)).toMatchObject({
      functionName: `dev-${contract.pipeline}-${stage}`,
      topic: `dev.${topic.name}`,
      group: `dev.${mapping.group}`,
      batchSize: mapping.batchSize,
      windowMs: mapping.windowMs,
      pollers: 1,
      startingPosition: { kind: 'TRIM_HORIZON' },
      retries: mapping.retries,
      maxAgeMs: mapping.maxAgeMs,
      bisect: mapping.bisect,
      partialResponses: mapping.partialResponses,
      destination: { kind: 'kafka', topic: `dev.${topic.deadLetters}` },
      timeoutMs: mapping.timeoutMs,
    });
  });

  it('of a context is found by its name', () => {
    const [name = ''] = Object.keys(contract.context);
    const stage: StageName = `context-${name}`;
    expect(mappingFor(contract, stage, place, START).topic).toBe(
      `dev.${contract.context[name]?.source.name}`,
    );
    expect(() => mappingFor(contract, 'context-none', place, START)).toThrow(
      /context-none, expected one of features/,
    );
  });

  it('follows what the contract chooses', () => {
    const features = (mapping: Parameters<typeof tinyMapping>[1]) =>
      mappingFor(
        tinyContract({ features: { ...contract.features, mapping: tinyMapping('features', mapping) } }),
        'features',
        place,
        START,
      );
    expect(features({ pollers: { min: 50, max: 60 } }).pollers).toBe(contract.source.partitions);
    expect(features({ onFailure: 'bucket' }).destination).toEqual({ kind: 's3', folder: '/state/bucket' });
    expect(features({ onFailure: 'none' }).destination).toEqual({ kind: 'none' });
    expect(features({ startAt: '2025-12-31T00:00:00Z' }).startingPosition).toEqual({
      kind: 'AT_TIMESTAMP',
      at: Date.parse('2025-12-31T00:00:00Z'),
    });
    expect(() => features({ startAt: 'yesterday' })).toThrow(/RFC 3339/);
    expect(() => features({ pollers: null })).toThrow(/provisioned pollers/);
    expect(
      features({
        pollers: null,
        partialResponses: false,
        bisect: false,
        retries: -1,
        maxAgeMs: -1,
        onFailure: 'bucket',
      }).pollers,
    ).toBe('on-demand');
  });

  it('takes what the contract does not say from where it is put', () => {
    const options = { concurrency: 3, undocumented: { splitting: 'uses-a-retry' } } as const;
    expect(mappingFor(contract, 'action', { ...place, options }, START)).toMatchObject(options);
  });
});
