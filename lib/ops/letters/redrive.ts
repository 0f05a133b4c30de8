import { digestOf } from '../../core/digest.ts';
import { ConfigError, messageOf } from '../../core/errors.ts';
import type { StageName } from '../../core/contract/resolved.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { verdictLabel } from '../../core/verdict.ts';
import { audit, stagesOf, type Deployment, type Operator } from '../deployment.ts';
import { letterName, type Letter } from './letter.ts';
import { redriveEvent, type RedriveEvent } from './redrive-event.ts';
import { notOurs, standingOf, type Standing } from './standing.ts';
import { wholeRecord } from './whole-record.ts';

/** Invokes a stage's function, wherever it runs. Rejects where the function failed or could not be reached. */
export interface StageInvoker {
  invoke(stage: StageName, event: RedriveEvent): Promise<unknown>;
}

export type PlannedRedrive =
  | {
      readonly kind: 'redrive';
      readonly letter: Letter;
      readonly stage: StageName;
      readonly event: RedriveEvent;
      readonly standing: Standing;
    }
  | { readonly kind: 'not-redrivable'; readonly letter: Letter; readonly why: string };

type ToRedrive = Extract<PlannedRedrive, { readonly kind: 'redrive' }>;

/** What a redrive would do: pure data, to be shown before it is applied. */
export interface RedrivePlan {
  readonly redrives: readonly PlannedRedrive[];
  /** Of what is in it: the audit trail names it. */
  readonly hash: string;
  readonly pastDeadline: boolean;
}

/**
 * Plans the redrive of letters: along the chain, and within a partition in the order of offsets.
 *
 * @throws {TransientError} where the log or a store does not answer
 */
export const planRedrive = async (
  deployment: Deployment,
  letters: readonly Letter[],
  { pastDeadline }: { readonly pastDeadline: boolean },
): Promise<RedrivePlan> => {
  const redrives: PlannedRedrive[] = [];
  for (const letter of inOrder(letters, stagesOf(deployment.contract)))
    redrives.push(await plannedRedrive(deployment, letter, pastDeadline));
  const ids = redrives.filter(({ kind }) => kind === 'redrive').map(({ letter }) => letter.id);
  return { redrives, pastDeadline, hash: digestOf(JSON.stringify([pastDeadline, ids])).slice(0, 12) };
};

const inOrder = (letters: readonly Letter[], stages: readonly StageName[]): readonly Letter[] => {
  const rank = ({ stage }: Letter): number => (stage === undefined ? stages.length : stages.indexOf(stage));
  return letters.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      a.record.topic.localeCompare(b.record.topic) ||
      a.record.partition - b.record.partition ||
      a.record.offset - b.record.offset ||
      a.redrive - b.redrive,
  );
};

const plannedRedrive = async (
  deployment: Deployment,
  letter: Letter,
  pastDeadline: boolean,
): Promise<PlannedRedrive> => {
  const never = (why: string): PlannedRedrive => ({ kind: 'not-redrivable', letter, why });
  const { stage } = letter;
  if (stage === undefined) return never(notOurs(letter));
  const record = await wholeRecord(deployment.log, letter);
  if ('gone' in record) return never(record.gone);
  const topicId = record.topicId ?? (await deployment.log.topicIds([record.topic]))[0];
  if (topicId === undefined) return never(`topic ${record.topic} does not exist any more`);
  const standing = await standingOf(deployment, { letter, record, topicId }, pastDeadline);
  if (standing.kind === 'not-redrivable') return never(standing.why);
  const event = redriveEvent(record, deployment.brokers, {
    topicId,
    number: letter.redrive + 1,
    pastDeadline,
  });
  return { kind: 'redrive', letter, stage, event, standing };
};

/** What came of one letter. */
export interface Redriven {
  readonly letter: Letter;
  /** The stage's verdict, as reports write it; `undefined` where it was not settled within the tries. */
  readonly verdict: string | undefined;
  /**
   * `past-deadline`: nobody tried, and the letter stands as it did; `paused`: so too, and it is not tried further, for only an
   * operator ends that.
   */
  readonly outcome: 'settled' | 'failed-again' | 'past-deadline' | 'in-doubt' | 'paused' | 'unsettled';
  readonly tries: number;
  /** Why it is not settled. */
  readonly detail: string | undefined;
}

/** How often a letter is tried, and how long is waited in between: long enough to outlast the lease of a worker that died. */
const maxTries = 10;
const firstWaitMs = 250;
const longestWaitMs = 10_000;

/**
 * Redrives what the plan says, one letter after the other: each until its record is settled and emitted.
 *
 * Applying a plan twice, or one that was broken off, does no harm: the state of each record answers for itself.
 *
 * @param onRedriven - told of each letter as soon as it is through
 * @throws {ConfigError} where the invoker cannot run the stage at all
 */
export const applyRedrive = async (
  deployment: Deployment,
  plan: RedrivePlan,
  invoker: StageInvoker,
  operator: Operator,
  onRedriven: (redriven: Redriven) => void = () => {},
): Promise<readonly Redriven[]> => {
  const planned = plan.redrives.filter((one) => one.kind === 'redrive');
  if (planned.length === 0) return [];
  await audit(
    deployment,
    operator,
    auditText(
      plan,
      planned.map(({ letter }) => letter),
    ),
  );
  const results: Redriven[] = [];
  for (const one of planned) {
    const redriven = await redriveOne(deployment.clock, invoker, one);
    onRedriven(redriven);
    results.push(redriven);
  }
  return results;
};

const auditText = ({ hash, pastDeadline }: RedrivePlan, letters: readonly Letter[]): string => {
  const names = letters.slice(0, 5).map(letterName).join(', ');
  const more = letters.length > 5 ? ` and ${letters.length - 5} more` : '';
  return `redrive ${names}${more}${pastDeadline ? ' past the deadline' : ''} (plan ${hash})`;
};

const redriveOne = async (
  clock: Clock,
  invoker: StageInvoker,
  { letter, stage, event, standing }: ToRedrive,
): Promise<Redriven> => {
  let detail: string | undefined;
  for (let tries = 1; tries <= maxTries; tries += 1) {
    const answer = await invoked(invoker, stage, event);
    if (answer.kind === 'settled')
      return {
        letter,
        verdict: answer.verdict,
        outcome: outcomeOf(answer.verdict, standing),
        tries,
        detail: undefined,
      };
    detail = answer.detail;
    if (answer.kind === 'paused') return { letter, verdict: undefined, outcome: 'paused', tries, detail };
    if (tries < maxTries) await clock.timer(Math.min(longestWaitMs, firstWaitMs * 2 ** (tries - 1))).elapsed;
  }
  return { letter, verdict: undefined, outcome: 'unsettled', tries: maxTries, detail };
};

type Answer =
  | { readonly kind: 'settled'; readonly verdict: string }
  | { readonly kind: 'again' | 'paused'; readonly detail: string };

const pausedLabel = verdictLabel({ kind: 'retry', cause: 'paused' });

const invoked = async (invoker: StageInvoker, stage: StageName, event: RedriveEvent): Promise<Answer> => {
  try {
    const response = await invoker.invoke(stage, event);
    const verdict =
      typeof response === 'object' && response !== null && 'verdict' in response
        ? response.verdict
        : undefined;
    if (typeof verdict !== 'string')
      return {
        kind: 'again',
        detail: 'the stage answered without a verdict: is its function of an older version?',
      };
    if (verdict === pausedLabel) return { kind: 'paused', detail: verdict };
    return verdict.startsWith('retry') ? { kind: 'again', detail: verdict } : { kind: 'settled', verdict };
  } catch (thrown) {
    // Trying again mends no configuration, and the next letter would meet the same.
    if (thrown instanceof ConfigError) throw thrown;
    return { kind: 'again', detail: messageOf(thrown) };
  }
};

const outcomeOf = (verdict: string, { kind }: Standing): Redriven['outcome'] => {
  if (verdict.startsWith('dead-lettered')) return kind === 'past-deadline' ? kind : 'failed-again';
  return verdict === 'in-doubt' ? 'in-doubt' : 'settled';
};
