import { idempotencyKey, identityKey, outputSource } from '../../../core/identity.ts';
import type { LedgerItem } from '../../../core/ledger/item.ts';
import type { Deployment } from '../../../ops/deployment.ts';
import type { PageEffect } from '../protocol/page-state.ts';

export type WhichEffects = 'in-doubt' | 'failed' | 'done';

const mostListed = 200;

const noteOf = ({ reason, maybeSent, evidence, letter }: LedgerItem): string =>
  [
    ...(reason === null ? [] : [reason]),
    ...(maybeSent ? ['a request may have arrived, and nobody knows'] : []),
    ...(letter === null ? [] : ['it is a dead letter']),
    ...evidence.slice(-1),
  ].join('; ');

const pageEffect =
  (pipeline: string) =>
  (item: LedgerItem): PageEffect => ({
    key: idempotencyKey(pipeline, item.key),
    state: item.state,
    at: item.firstAttempt,
    attempts: item.attempts,
    note: noteOf(item),
  });

/**
 * Effects in doubt or failed, the oldest first; done ones, of which there are many, are the newest of this run, the newest first.
 *
 * @param done - ids of the decisions whose effects were done last
 */
export const effectsFor = async (
  { contract, effects }: Pick<Deployment, 'contract' | 'effects'>,
  which: WhichEffects,
  done: readonly string[],
): Promise<readonly PageEffect[]> => {
  const { pipeline } = contract;
  if (which !== 'done') {
    const states = which === 'failed' ? (['FAILED'] as const) : (['IN_DOUBT'] as const);
    return (await effects.list({ states, limit: mostListed })).map(pageEffect(pipeline));
  }
  const source = outputSource(pipeline, 'inference');
  const reads = await effects.read(done.slice(0, mostListed).map((id) => identityKey({ source, id })));
  return reads.flatMap((read) =>
    read.kind === 'read' && read.value !== undefined ? [pageEffect(pipeline)(read.value)] : [],
  );
};
