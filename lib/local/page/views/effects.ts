import { idempotencyKey, identityKey, outputSource } from '../../../core/identity.ts';
import type { LedgerItem } from '../../../core/ledger/item.ts';
import type { Deployment } from '../../../ops/deployment.ts';
import type { PageBooks, PageEffect, PageEffects } from '../protocol/page-state.ts';

export type WhichEffects = 'in-doubt' | 'failed' | 'done';

const mostListed = 100;

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
 * The first 100: effects in doubt or failed, the oldest first; done ones, of which there are many, are the newest of this run, the newest first.
 *
 * @param done - ids of the decisions whose effects were done last
 * @param counts - how many there are, as they were counted last
 */
export const effectsFor = async (
  { contract, effects }: Pick<Deployment, 'contract' | 'effects'>,
  which: WhichEffects,
  done: readonly string[],
  counts: PageBooks['effects'],
): Promise<PageEffects> => {
  const { pipeline } = contract;
  const of = (listed: readonly PageEffect[], counted: number): PageEffects => ({
    effects: listed,
    total: Math.max(listed.length, counted),
  });
  if (which !== 'done') {
    const states = which === 'failed' ? (['FAILED'] as const) : (['IN_DOUBT'] as const);
    const listed = (await effects.list({ states, limit: mostListed })).map(pageEffect(pipeline));
    return of(listed, which === 'failed' ? counts.failed : counts.inDoubt);
  }
  const source = outputSource(pipeline, 'inference');
  const reads = await effects.read(done.slice(0, mostListed).map((id) => identityKey({ source, id })));
  const listed = reads.flatMap((read) =>
    read.kind === 'read' && read.value !== undefined ? [pageEffect(pipeline)(read.value)] : [],
  );
  return of(listed, counts.done);
};
