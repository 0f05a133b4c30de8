import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../../lib/core/errors.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import type { MappingOptions } from '../../../../lib/local/event-source/mapping.ts';
import { resolveMapping } from '../../../../lib/local/event-source/resolve-mapping.ts';
import { START } from '../../../support/mapping-bench.ts';

const named = { functionName: 'billing', topic: 'orders', group: 'billing' };

const problemsOf = (options: Partial<MappingOptions>): readonly string[] => {
  try {
    resolveMapping({ ...named, pollers: 1, ...options }, START);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return thrown.problems.map(({ path }) => path);
  }
};

describe('resolveMapping', () => {
  it("fills Lambda's defaults in", () => {
    expect(resolveMapping(named, START)).toMatchObject({
      batchSize: 100,
      batchBytes: 6_291_456,
      windowMs: 500,
      pollers: 'on-demand',
      startingPosition: { kind: 'TRIM_HORIZON' },
      retries: -1,
      maxAgeMs: -1,
      bisect: false,
      partialResponses: false,
      destination: { kind: 'none' },
      timeoutMs: 3_000,
    });
  });

  it('gives the same mapping the same UUID, and another one another', () => {
    const uuid = resolveMapping(named, START).uuid;
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(resolveMapping({ ...named, batchSize: 5 }, START).uuid).toBe(uuid);
    expect(resolveMapping({ ...named, group: 'other' }, START).uuid).not.toBe(uuid);
  });

  it('caps infinite retries at 10 in silence where there is a destination, and only there', () => {
    const destination = { kind: 's3', folder: 'bucket' } as const;
    expect(resolveMapping({ ...named, pollers: 1, destination }, START).retries).toBe(10);
    expect(resolveMapping({ ...named, pollers: 1, destination, retries: 9_999 }, START).retries).toBe(9_999);
    expect(resolveMapping({ ...named, pollers: 1 }, START).retries).toBe(-1);
  });

  it.each([
    ['batchSize', { batchSize: 0 }],
    ['batchSize', { batchSize: 10_001 }],
    ['batchBytes', { batchBytes: 6_291_457 }],
    ['windowMs', { windowMs: 1_500 }],
    ['windowMs', { windowMs: 301_000 }],
    ['windowMs', { windowMs: -1_000 }],
    ['pollers', { pollers: 2_001 }],
    ['retries', { retries: -2 }],
    ['retries', { retries: 10_001 }],
    ['maxAgeMs', { maxAgeMs: 59_999 }],
    ['maxAgeMs', { maxAgeMs: 604_800_001 }],
    ['timeoutMs', { timeoutMs: 840_001 }],
    ['concurrency', { concurrency: 0 }],
    ['group', { group: '' }],
    ['group', { group: 'g'.repeat(201) }],
    ['topic', { topic: 'with space' }],
    ['source.bootstrapServers', { source: { kind: 'self-managed', bootstrapServers: [] } }],
    ['startingPosition.at', { startingPosition: { kind: 'AT_TIMESTAMP', at: epochMsOf(START + 1_000) } }],
    ['startingPosition.at', { startingPosition: { kind: 'AT_TIMESTAMP', at: epochMsOf(START - 1) } }],
    ['destination.topic', { destination: { kind: 'kafka', topic: 'orders' } }],
    ['filters', { filters: Array.from({ length: 6 }, () => ({ value: ['a'] })) }],
    ['filters[0].value.delay', { filters: [{ value: { delay: [{ numeric: ['>', 'much'] }] } }] }],
  ] as const)('refuses %s: %o', (path, options) => {
    expect(problemsOf(options as Partial<MappingOptions>)).toEqual([path]);
  });

  it.each([
    { windowMs: 0 },
    { windowMs: 500 },
    { windowMs: 300_000 },
    { retries: 0, maxAgeMs: 60_000 },
    { retries: 10_000, maxAgeMs: 604_800_000 },
    { startingPosition: { kind: 'AT_TIMESTAMP', at: START } },
    { timeoutMs: 840_000 },
  ] as const)('accepts %o', (options) => {
    expect(problemsOf(options)).toEqual([]);
  });

  it('refuses every error control without provisioned pollers, all at once', () => {
    expect(
      problemsOf({
        pollers: 'on-demand',
        retries: 3,
        maxAgeMs: 60_000,
        bisect: true,
        partialResponses: true,
        destination: { kind: 'kafka', topic: 'orders.dlq' },
      }),
    ).toEqual(['retries', 'maxAgeMs', 'bisect', 'partialResponses', 'destination']);
    expect(problemsOf({ pollers: 'on-demand', destination: { kind: 's3', folder: 'bucket' } })).toEqual([]);
  });
});
