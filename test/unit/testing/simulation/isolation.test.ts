import { describe, expect, it } from 'vitest';
import { topicIn } from '../../../../lib/core/contract/resolved.ts';
import { bytesOf } from '../../../../lib/core/record.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { isolation } from '../../../../lib/testing/simulation/checks/isolation.ts';
import { environment } from '../../../../lib/testing/simulation/deployment.ts';
import { Journal } from '../../../../lib/testing/simulation/journal.ts';
import type { Ran } from '../../../../lib/testing/simulation/ran.ts';
import { tinyContract, tinyMapping } from '../../../support/tiny-contract.ts';

const retries = 5;
const tiny = tinyContract();
const contract = {
  ...tiny,
  features: { ...tiny.features, mapping: tinyMapping('features', { batchSize: 4, retries, maxAgeMs: -1 }) },
};
const topic = topicIn(environment, contract.source);

/** What is said of record 0, after batches with these records, whose mapping gave up on it. */
const saidAfter = (
  batches: readonly (readonly number[])[],
  killers: readonly number[] = [],
): readonly string[] => {
  const journal = new Journal();
  for (let offset = 0; offset < 4; offset += 1)
    journal.note('producer', {
      kind: 'appended',
      topicId: 'id',
      record: {
        topic,
        partition: 0,
        offset,
        timestamp: epochMsOf(0),
        timestampType: 'LOG_APPEND_TIME',
        key: null,
        value: bytesOf(String(offset)),
        headers: [],
      },
    });
  const invoke = (batch: readonly number[]): void =>
    journal.note('esm', {
      kind: 'invoked',
      stage: 'features',
      batch: batch.map((offset) => `id/0/${offset}`),
    });
  batches.forEach(invoke);
  journal.note('esm', {
    kind: 'verdict',
    stage: 'features',
    at: { topic, topicId: 'id', partition: 0, offset: 0 },
    verdict: { kind: 'mapping-gave-up' },
  });
  // A replay consumes it once more: that is no try of those that were used up.
  invoke([0, 1, 2, 3]);
  const kills = (value: unknown): boolean => killers.includes(Number(value));
  const ran = { journal, contract, subject: { fates: { kills } }, world: { faults: new Set<string>() } };
  return isolation(ran as unknown as Ran).map(({ what }) => what);
};

const alone = [0];
const all = [0, 1, 2, 3];

describe('a record that is given up on', () => {
  it('has failed by itself, where it was alone but for what halving a batch takes', () => {
    expect(saidAfter([all, [0, 1], alone, alone, alone, alone])).toEqual([]);
  });

  it('has failed by itself, where a poller began anew', () => {
    expect(saidAfter([all, all, all, all, [0, 1], alone, alone, alone, alone, alone])).toEqual([]);
  });

  it('was given up on for the others, where it was with them to the end', () => {
    expect(saidAfter([all, all, [0, 1], [0, 1], [0, 1], alone])).toEqual([
      'features id/0/0 was given up on after 6 tries, 5 of them with others, and killed nobody',
    ]);
  });

  it('was given up on too early, where retries were left', () => {
    expect(saidAfter([all, [0, 1], alone, alone, alone])).toEqual([
      'features id/0/0 was given up on after 5 tries, 2 of them with others, and killed nobody',
    ]);
  });

  it('is excused, where it kills its worker itself', () => {
    expect(saidAfter([all, all, all, all, all, all], [0])).toEqual([]);
    expect(saidAfter([all, all, all, all, all, all], [1])).toHaveLength(1);
  });
});
