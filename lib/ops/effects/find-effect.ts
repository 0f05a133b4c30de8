import { TransientError, UsageError } from '../../core/errors.ts';
import { idempotencyKey } from '../../core/identity.ts';
import type { LedgerItem, LedgerState } from '../../core/ledger/item.ts';
import type { Deployment } from '../deployment.ts';

/** What is usually looked for first, and finished effects, of which there are many, last. */
const states: readonly (readonly LedgerState[])[] = [
  ['IN_DOUBT', 'FAILED'],
  ['CLAIMED', 'RELEASED'],
  ['SUPPRESSED', 'DONE'],
];

/** An idempotency key may be shortened to this many characters and more. */
const shortest = 'freshet-'.length + 6;

/**
 * The effect of an idempotency key, of its beginning, or of a key in the ledger.
 *
 * @throws {UsageError} where there is none, or more than one
 * @throws {TransientError} where the ledger does not answer
 */
export const findEffect = async (
  { contract, effects }: Pick<Deployment, 'contract' | 'effects'>,
  wanted: string,
): Promise<LedgerItem> => {
  const [read] = await effects.read([wanted]);
  if (read?.kind !== 'read')
    throw new TransientError('STORE_UNAVAILABLE', {
      message: 'the ledger could not be read; try again',
      cause: read?.cause,
    });
  if (read.value !== undefined) return read.value;
  if (wanted.length >= shortest)
    for (const some of states) {
      const items = await effects.list({ states: some, limit: Number.MAX_SAFE_INTEGER });
      const found = items.filter(({ key }) => idempotencyKey(contract.pipeline, key).startsWith(wanted));
      const [first, second] = found;
      if (second !== undefined)
        throw new UsageError('USAGE', {
          message: `got effect "${wanted}", which ${found.length} effects begin with. Fix: give more of it.`,
        });
      if (first !== undefined) return first;
    }
  throw new UsageError('USAGE', {
    message: `got effect "${wanted}", expected an idempotency key such as freshet-3fa92c17…, at least ${shortest} characters of it. Fix: npx freshet effects list shows them.`,
  });
};
