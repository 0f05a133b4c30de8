import type { ResolvedContract } from '../../lib/core/contract/resolved.ts';
import type { LedgerItem } from '../../lib/core/ledger/item.ts';
import type { SendAnswer } from '../../lib/core/stages/action.ts';
import { epochMsOf } from '../../lib/core/units.ts';
import { StageBench } from './stage-bench.ts';
import { NOW } from './stage-records.ts';
import { tinyContract } from './tiny-contract.ts';

/** A bench of a contract that asks something else of action. */
export const actionBench = (different: Partial<ResolvedContract['action']>): StageBench =>
  new StageBench({ action: { ...tinyContract().action, ...different } });

export const atMostOnceBench = (): StageBench => actionBench({ effect: 'at-most-once' });

/** An answer of each kind. */
export const answers = {
  done: { kind: 'done', evidence: '201' },
  'not-done': { kind: 'not-done', detail: '429', retryAfterMs: undefined },
  unknown: { kind: 'unknown', detail: '503', retryAfterMs: undefined },
  refused: { kind: 'refused', detail: '400' },
} satisfies Readonly<Record<SendAnswer['kind'], SendAnswer>>;

/** Names of the transitions that were written, call by call. */
export const written = ({ ledger }: StageBench): string =>
  ledger.calls.map((call) => call.join('+')).join(' ');

/** Makes the only item one that another worker claimed and has not settled; its lease is over where `more` gives no other. */
export const leaveClaimed = ({ ledger }: StageBench, owner: string, more: Partial<LedgerItem> = {}): void => {
  ledger.only = { ...ledger.only, state: 'CLAIMED', owner, leaseUntil: epochMsOf(NOW), emits: [], ...more };
};
