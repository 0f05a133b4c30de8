import { expect, it } from 'vitest';
import { TakenGroups } from '../../../lib/cli/dev/taken-groups.ts';
import type { ResolvedContract } from '../../../lib/core/contract/resolved.ts';
import { configErrorOf } from '../../support/config-error.ts';
import { tinyContract, tinyMapping } from '../../support/tiny-contract.ts';

/** The tiny contract with groups under another name, and none of contexts. */
const contractWith = (pipeline: string, features: string, inference: string): ResolvedContract => {
  const tiny = tinyContract({ pipeline, context: {} });
  return {
    ...tiny,
    features: { ...tiny.features, mapping: tinyMapping('features', { group: features }) },
    inference: { ...tiny.inference, mapping: tinyMapping('inference', { group: inference }) },
    action: { ...tiny.action, mapping: tinyMapping('action', { group: `${features}-action` }) },
  };
};

it('refuses a pipeline whose groups another one has on the cluster, with each of them, and takes none of its own', () => {
  const taken = new TakenGroups();
  taken.claim(contractWith('orders', 'shared', 'scores'));
  const { code, message, problems } = configErrorOf(() =>
    taken.claim(contractWith('meters', 'scores', 'shared')),
  );
  expect(code).toBe('GROUP_IN_USE');
  expect(message).toMatch(/^meters cannot run beside the others\.\n/);
  expect(problems).toEqual([
    {
      path: 'features.mapping.group',
      got: 'consumer group dev.scores, which pipeline orders has on the same cluster',
      expected: 'a group that no other pipeline has',
      fix: 'name another in contract.ts, or leave `group` out for one of the pipeline’s own',
    },
    expect.objectContaining({ path: 'inference.mapping.group' }),
  ]);
  // The refused one holds none: not even its action's, which was free.
  taken.claim(contractWith('flights', 'scores-action', 'other'));
});
