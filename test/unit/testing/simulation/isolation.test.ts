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

interface Poller {
  readonly batches: readonly (readonly number[])[];
  readonly name?: string;
  readonly givesUp?: boolean;
}

/** What is said of record 0, after pollers that had batches with these records. */
const saidAfter = (pollers: readonly Poller[], killers: readonly number[] = []): readonly string[] => {
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
  const invoke = (actor: string, batch: readonly number[]): void =>
    journal.note(actor, {
      kind: 'invoked',
      stage: 'features',
      batch: batch.map((offset) => `id/0/${offset}`),
    });
  for (const { batches, name = 'esm 1', givesUp = true } of pollers) {
    for (const batch of batches) invoke(name, batch);
    if (givesUp)
      journal.note(name, {
        kind: 'verdict',
        stage: 'features',
        at: { topic, topicId: 'id', partition: 0, offset: 0 },
        verdict: { kind: 'mapping-gave-up' },
      });
  }
  // A replay consumes it once more: that is no try of those that were used up.
  invoke('esm 1', [0, 1, 2, 3]);
  const kills = (value: unknown): boolean => killers.includes(Number(value));
  const ran = { journal, contract, subject: { fates: { kills } }, world: { faults: new Set<string>() } };
  return isolation(ran as unknown as Ran).map(({ what }) => what);
};

const alone = [0];
const two = [0, 1];
const all = [0, 1, 2, 3];
const itself = [all, two, alone, alone, alone, alone];

const said = (...sizes: readonly number[]): string =>
  `features id/0/0 was given up on after tries in batches of ${sizes.join(', ')}, and killed nobody`;

describe('a record that is given up on', () => {
  it('has failed by itself, where it was alone but for what halving a batch takes', () => {
    expect(saidAfter([{ batches: itself }])).toEqual([]);
  });

  it('has failed by itself with another poller, whose tries count anew', () => {
    const before = { batches: [all, all, all], givesUp: false };
    expect(saidAfter([before, { batches: itself, name: 'esm 2' }])).toEqual([]);
    expect(
      saidAfter([
        { batches: itself.slice(0, 5), givesUp: false },
        { batches: [alone], name: 'esm 2' },
      ]),
    ).toEqual([said(1)]);
  });

  it.each([
    ['was with them at the end', [alone, alone, alone, two, two, two]],
    ['was with as many again', [all, all, two, alone, alone, alone]],
    ['was with them throughout', [all, all, all, all, all, all]],
  ])('was given up on for the others, where it %s', (_, batches) => {
    expect(saidAfter([{ batches }])).toEqual([said(...batches.map(({ length }) => length))]);
  });

  it('was given up on too early, where retries were left', () => {
    expect(saidAfter([{ batches: [all, two, alone, alone, alone] }])).toEqual([said(4, 2, 1, 1, 1)]);
  });

  it('is judged each time', () => {
    const again = { batches: [all, all, all, all, all, all], name: 'esm 2' };
    expect(saidAfter([{ batches: itself }, again])).toEqual([said(4, 4, 4, 4, 4, 4)]);
  });

  it('is excused, where it kills its worker itself', () => {
    const batches = [all, all, all, all, all, all];
    expect(saidAfter([{ batches }], [0])).toEqual([]);
    expect(saidAfter([{ batches }], [1])).toHaveLength(1);
  });
});
