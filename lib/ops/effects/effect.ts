import { idempotencyKey } from '../../core/identity.ts';
import type { LedgerItem, LedgerState } from '../../core/ledger/item.ts';
import { outputOf } from '../../core/ledger/stored-record.ts';
import { lastHeader, textOf } from '../../core/record.ts';
import { toIso } from '../../core/units.ts';
import type { Deployment } from '../deployment.ts';

/** An effect as an operator sees it. Its key in the ledger is not part of it: that holds the event's own id. */
export interface EffectView {
  /** The idempotency key that the downstream was given: what to look for there. */
  readonly id: string;
  readonly state: LedgerState;
  readonly reason: string | null;
  /** How often it was reopened. */
  readonly redrive: number;
  readonly attempts: number;
  readonly firstAttempt: string;
  readonly maybeSent: boolean;
  readonly revision: number;
  /** The letter of its last failure: `<topic>/<partition>/<offset>` of the decision it stands for. */
  readonly letterOf: string | null;
  readonly expires: string | null;
  readonly evidence: readonly string[];
}

export const effectView = (pipeline: string, item: LedgerItem): EffectView => ({
  id: idempotencyKey(pipeline, item.key),
  state: item.state,
  reason: item.reason,
  redrive: item.redrive,
  attempts: item.attempts,
  firstAttempt: toIso(item.firstAttempt),
  maybeSent: item.maybeSent,
  revision: item.revision,
  letterOf: letterCoordinates(item),
  expires: item.expiresAt === null ? null : toIso(item.expiresAt),
  evidence: item.evidence,
});

const letterCoordinates = ({ letter }: LedgerItem): string | null => {
  if (letter === null) return null;
  const { headers } = outputOf(letter);
  return ['topic', 'partition', 'offset']
    .map((name) => textOf(lastHeader(headers, `__connect.errors.${name}`) ?? new Uint8Array()))
    .join('/');
};

/**
 * Effects in some states, the oldest first attempt first.
 *
 * @throws {TransientError} where the ledger does not answer
 */
export const listEffects = async (
  { contract, effects }: Deployment,
  filter: { readonly states: readonly LedgerState[]; readonly limit: number },
): Promise<readonly EffectView[]> =>
  (await effects.list(filter)).map((item) => effectView(contract.pipeline, item));
