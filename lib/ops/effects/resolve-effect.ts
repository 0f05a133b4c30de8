/** An operator says what became of an effect that is in doubt: nobody else can. */
import { expiryOf } from '../../core/batch/outcome.ts';
import { deadLettersIn, topicIn } from '../../core/contract/resolved.ts';
import { canonicalJson } from '../../core/digest.ts';
import { isFault, outputRecord, readChainedEnvelope } from '../../core/envelope.ts';
import { InvariantError, TransientError } from '../../core/errors.ts';
import { idempotencyKey } from '../../core/identity.ts';
import { emittedBy, type LedgerItem } from '../../core/ledger/item.ts';
import { outputOf, storedRecord } from '../../core/ledger/stored-record.ts';
import { resolve } from '../../core/ledger/transitions.ts';
import type { Producer } from '../../core/ports/event-log.ts';
import type { RecordVerdict } from '../../core/ports/stage-ports.ts';
import type { LedgerWritten } from '../../core/ports/stores.ts';
import { toIso } from '../../core/units.ts';
import { audit, type Deployment, type Operator } from '../deployment.ts';
import type { Letter } from '../letters/letter.ts';
import { readLetter } from '../letters/read-letter.ts';
import { effectView, type EffectView } from './effect.ts';

/** What a resolution reaches. */
type Reached = Pick<Deployment, 'contract' | 'environment' | 'clock' | 'operations' | 'effects'> & {
  readonly log: Producer;
  readonly verdicts: Pick<Deployment['verdicts'], 'record'>;
};

export interface ResolutionPlan {
  readonly key: string;
  readonly to: 'DONE' | 'FAILED';
  /** The revision that was seen: if another is stored by then, nothing is changed. */
  readonly revision: number;
  readonly effect: EffectView;
  /** It was resolved so before: only what is stored is emitted again, in case it never was. */
  readonly isResolved: boolean;
}

/** What stops a resolution before it begins: the effect is in another state. */
export interface NotInDoubt {
  readonly kind: 'not-in-doubt';
  readonly effect: EffectView;
}

const isNotInDoubt = (item: LedgerItem, to: ResolutionPlan['to']): boolean =>
  item.state !== 'IN_DOUBT' && item.state !== to;

export const planResolution = (
  { contract }: Pick<Deployment, 'contract'>,
  item: LedgerItem,
  to: 'DONE' | 'FAILED',
): ResolutionPlan | NotInDoubt => {
  const effect = effectView(contract.pipeline, item);
  if (isNotInDoubt(item, to)) return { kind: 'not-in-doubt', effect };
  return { key: item.key, to, revision: item.revision, effect, isResolved: item.state === to };
};

export type Resolved =
  | { readonly kind: 'resolved'; readonly effect: EffectView }
  /** Somebody or something was faster; nothing was changed. */
  | { readonly kind: 'changed'; readonly effect: EffectView | undefined }
  /** It is resolved, but its outcome is not known to be in the log: the same command again emits it. */
  | { readonly kind: 'not-emitted'; readonly effect: EffectView };

/** How often what was not acknowledged is emitted, and the wait in between. */
const emitTries = 6;
const emitWaitMs = 500;

/**
 * Audits, resolves, and emits the outcome until it is acknowledged.
 *
 * FAILED keeps its letter, so that a redrive n + 1 may open it; its request is taken for not sent.
 *
 * @throws {TransientError} where the ledger does not answer: the same command again finds out
 * @throws {InvariantError} `STATE_TABLE_BROKEN` for an effect in doubt without a letter, which the state table rules out
 */
export const applyResolution = async (
  deployment: Reached,
  plan: ResolutionPlan,
  operator: Operator,
): Promise<Resolved> => {
  const { contract, effects, clock } = deployment;
  const viewOf = (item: LedgerItem): EffectView => effectView(contract.pipeline, item);
  await audit(deployment, operator, `resolve effect ${plan.effect.id} to ${plan.to}`);
  const [read] = await effects.read([plan.key]);
  if (read?.kind !== 'read') throw unavailable(read?.cause);
  let item = read.value;
  if (item === undefined) return { kind: 'changed', effect: undefined };
  if (item.revision !== plan.revision) return { kind: 'changed', effect: viewOf(item) };
  const letter = letterOf(deployment, item);
  if (item.state === 'IN_DOUBT') {
    const emits = emitsOf(deployment, item, letter, plan.to, operator);
    const transition = resolve({ revision: plan.revision }, plan.to, {
      emits,
      expiresAt: plan.to === 'DONE' ? expiryOf(item, contract.keyRetentionMs, clock.now()) : null,
      evidence: `resolved to ${plan.to} at ${toIso(clock.now())} by ${operator.who}: ${operator.why}`,
    });
    let written = (await effects.apply([{ key: plan.key, transition, seen: item }]))[0];
    if (written?.kind === 'unavailable')
      written = (await effects.apply([{ key: plan.key, transition, seen: item }]))[0];
    const stored = resolvedItem(written, emits);
    if (stored.kind === 'changed')
      return { kind: 'changed', effect: stored.item === undefined ? undefined : viewOf(stored.item) };
    item = stored.item;
  }
  if (!(await emitted(deployment, item))) return { kind: 'not-emitted', effect: viewOf(item) };
  if (letter !== undefined) await deployment.verdicts.record('action', [verdictOf(letter, item)]);
  return { kind: 'resolved', effect: viewOf(item) };
};

/** The answer to a write that was sent again because it had none: refused by our own resolution is success. */
const resolvedItem = (
  written: LedgerWritten | undefined,
  emits: LedgerItem['emits'],
):
  | { readonly kind: 'stored'; readonly item: LedgerItem }
  | { readonly kind: 'changed'; readonly item: LedgerItem | undefined } => {
  switch (written?.kind) {
    case 'applied':
      return { kind: 'stored', item: written.item };
    case 'refused':
      return written.item !== undefined && canonicalJson(written.item.emits) === canonicalJson(emits)
        ? { kind: 'stored', item: written.item }
        : { kind: 'changed', item: written.item };
    case 'unavailable':
    case undefined:
      throw unavailable(written?.cause);
  }
};

const letterOf = ({ contract, environment, clock }: Reached, { letter }: LedgerItem): Letter | undefined =>
  letter === null
    ? undefined
    : readLetter(
        {
          ...outputOf(letter),
          topic: deadLettersIn(environment, contract.decisions),
          partition: 0,
          offset: 0,
          timestamp: clock.now(),
          timestampType: 'LOG_APPEND_TIME',
        },
        { pipeline: contract.pipeline, stages: ['action'], stageOfFunction: () => undefined },
      );

/** A redelivery of the decision would say the same from now on. */
const verdictOf = ({ record }: Letter, { state, reason }: LedgerItem): RecordVerdict => ({
  at: {
    topic: record.topic,
    topicId: record.topicId ?? '',
    partition: record.partition,
    offset: record.offset,
  },
  verdict:
    state === 'DONE' ? { kind: 'done' } : { kind: 'dead-lettered', reason: reason ?? 'unknown-outcome' },
});

/** The outcome that every later delivery of the decision is answered with. */
const emitsOf = (
  { contract, environment, clock }: Reached,
  item: LedgerItem,
  letter: Letter | undefined,
  to: 'DONE' | 'FAILED',
  { why }: Operator,
): LedgerItem['emits'] => {
  const envelope = letter === undefined ? undefined : readChainedEnvelope(letter.record);
  if (item.letter === null || letter === undefined || envelope === undefined || isFault(envelope))
    throw new InvariantError('STATE_TABLE_BROKEN', {
      message: `effect ${idempotencyKey(contract.pipeline, item.key)} is in doubt and has no letter with an envelope: its outcome cannot be told to anybody`,
    });
  const { record } = letter;
  const now = clock.now();
  const outcome = outputRecord({
    pipeline: contract.pipeline,
    stage: 'action',
    topic: topicIn(environment, contract.outcomes),
    key: record.key,
    type: 'outcome',
    body: canonicalJson({
      status: to === 'DONE' ? 'done' : 'failed',
      stage: 'action',
      revision: item.revision + 1,
      reason: why,
    }),
    input: envelope,
    index: undefined,
    now,
    hop: {
      stage: 'action',
      appendMs: record.timestamp - envelope.publishedAt,
      receiveMs: item.firstAttempt - record.timestamp,
      processMs: now - item.firstAttempt,
      externalMs: 0,
    },
    sequence: envelope.sequence,
    flags: envelope.flags,
    extensions: {},
  });
  return [storedRecord(outcome)];
};

const emitted = async ({ log, clock }: Reached, item: LedgerItem): Promise<boolean> => {
  let left = emittedBy(item).map(outputOf);
  for (let tries = 1; left.length > 0; tries += 1) {
    const results = await log.produce(left);
    left = left.filter((_, index) => results[index]?.kind !== 'acked');
    if (left.length === 0) return true;
    if (tries === emitTries) return false;
    await clock.timer(emitWaitMs).elapsed;
  }
  return true;
};

const unavailable = (cause: unknown): TransientError =>
  new TransientError('STORE_UNAVAILABLE', {
    message:
      'the ledger did not answer, so nobody knows whether the effect is resolved; the same command again finds out',
    cause,
  });
