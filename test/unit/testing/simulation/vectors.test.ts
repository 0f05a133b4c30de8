import { expect, it } from 'vitest';
import { topicIn } from '../../../../lib/core/contract/resolved.ts';
import { bytesOf } from '../../../../lib/core/record.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { versions } from '../../../../lib/testing/simulation/checks/vectors.ts';
import { environment } from '../../../../lib/testing/simulation/deployment.ts';
import { Journal } from '../../../../lib/testing/simulation/journal.ts';
import type { Ran } from '../../../../lib/testing/simulation/ran.ts';
import { tinyContract } from '../../../support/tiny-contract.ts';

const contract = tinyContract();

/** What is said of a vector of `one` that is in the log twice, made from these versions; the mapping gave up on events of others. */
const saidOf = (rowVersions: readonly string[], gaveUpOn: readonly string[] = []): readonly string[] => {
  const journal = new Journal();
  const published = gaveUpOn.map((entity, offset) => ({ entity, topicId: 'id', partition: 0, offset }));
  for (const { offset } of published)
    journal.note('esm 1', {
      kind: 'verdict',
      stage: 'features',
      at: { topic: topicIn(environment, contract.source), topicId: 'id', partition: 0, offset },
      verdict: { kind: 'mapping-gave-up' },
    });
  rowVersions.forEach((version, offset) =>
    journal.note('features#1', {
      kind: 'appended',
      topicId: 'vectors',
      record: {
        topic: topicIn(environment, contract.vectors),
        partition: 0,
        offset,
        timestamp: epochMsOf(0),
        timestampType: 'LOG_APPEND_TIME',
        key: bytesOf('one'),
        value: bytesOf('{}'),
        headers: [
          { name: 'ce_id', value: bytesOf('v') },
          { name: 'ce_rowversion', value: bytesOf(version) },
        ],
      },
    }),
  );
  const subject = { fates: { isMendable: () => false } };
  const ran = { journal, contract, published, redriven: [], subject, world: { faults: new Set<string>() } };
  return versions(ran as unknown as Ran).map(({ what }) => what);
};

it('a vector that is emitted again is of the same version of its row', () => {
  expect(saidOf(['2', '2'])).toEqual([]);
  expect(saidOf(['2', '1'])).toEqual(['vector v of undefined was made from row versions 2 and 1']);
});

it('only where a mapping gave up on an event of the same entity may it be made without that, and without no other', () => {
  expect(saidOf(['2', '1'], ['one'])).toEqual([]);
  expect(saidOf(['3', '1'], ['one', 'one'])).toEqual([]);
  expect(saidOf(['3', '1'], ['one', 'other'])).toHaveLength(1);
  expect(saidOf(['2', '1'], ['other'])).toHaveLength(1);
});
