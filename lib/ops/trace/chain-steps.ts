/** The steps of one output of features: vector, decision, effect, outcome. */
import { entityOf } from '../../core/batch/decode.ts';
import { topicIn } from '../../core/contract/resolved.ts';
import { ceHeader, isFault, readChainedEnvelope, type Hop } from '../../core/envelope.ts';
import { isSettledState, type LedgerItem } from '../../core/ledger/item.ts';
import type { LoggedRecord } from '../../core/ports/event-log.ts';
import { strictTextOf } from '../../core/record.ts';
import { toIso, type EpochMs } from '../../core/units.ts';
import type { VerdictKind } from '../../core/verdict.ts';
import type { Deployment } from '../deployment.ts';
import { keyBytesOf, keyOfEffect, type Chain } from './find-chains.ts';
import { findAfter } from './find-record.ts';
import type { PlacedStep } from './trace.ts';

export interface ChainSteps {
  readonly steps: readonly PlacedStep[];
  readonly missing: readonly string[];
  readonly awaits: Awaited;
  /** A stage that has not taken what it reads, as a text, unless it has written a letter instead. */
  readonly untaken: { readonly stage: 'inference' | 'action'; readonly text: string } | undefined;
  readonly vector: LoggedRecord | undefined;
}

/** What may still come: of a stage that has not ended with it; or only a record or letter of one that has, which is not in its topic. */
export type Awaited = 'stage' | 'record' | 'nothing';

export const placeOf = ({ topic, partition, offset }: LoggedRecord): string =>
  `${topic}/${partition}/${offset}`;

/** JSON where it is some, else text; bytes that are no text as base64. */
export const contentOf = (value: Uint8Array | null): unknown => {
  if (value === null) return null;
  const text = strictTextOf(value);
  if (text === undefined) return `base64:${Buffer.from(value).toString('base64')}`;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

const verdictOf = (item: LedgerItem | undefined): VerdictKind | null => {
  switch (item?.state) {
    case 'DONE':
      return 'done';
    case 'SUPPRESSED':
      return 'suppressed';
    case 'FAILED':
      return 'dead-lettered';
    case 'IN_DOUBT':
      return 'in-doubt';
    case 'CLAIMED':
    case 'RELEASED':
      return 'retry';
    case undefined:
      return null;
  }
};

const hopsOf = (record: LoggedRecord): readonly Hop[] => {
  const envelope = readChainedEnvelope(record);
  return isFault(envelope) ? [] : envelope.hops;
};

const segmentsOf = (record: LoggedRecord): PlacedStep['segmentsMs'] => {
  const hop = hopsOf(record).at(-1);
  if (hop === undefined) return null;
  const { appendMs, receiveMs, processMs, externalMs } = hop;
  return { append: appendMs, receive: receiveMs, process: processMs, external: externalMs };
};

/** `weather of 2013-01-05T10:00:00.000Z`, for each context that a vector saw. */
const contextSteps = (vector: LoggedRecord, isAsked: boolean): readonly PlacedStep[] => {
  const key = vector.key === null ? '' : entityOf(vector.key);
  const flags = (ceHeader(vector.headers, 'flags') ?? '').split(',');
  const seen = (ceHeader(vector.headers, 'contextseen') ?? '').split(' ').filter((text) => text !== '');
  const step = (name: string, title: string, payload: unknown): PlacedStep => ({
    kind: 'context',
    title,
    where: `context/${name}/${key}`,
    at: null,
    segmentsMs: null,
    verdict: null,
    payload: isAsked ? payload : null,
  });
  return [
    ...seen.map((text) => {
      const [name = '', rest = ''] = text.split('=');
      const [eventTime = '', digest = '', id = ''] = rest.split('/');
      const stale = flags.includes(`${name}:stale`) ? ', stale' : '';
      return step(name, `${name} of ${eventTime}${stale}`, { eventTime, digest, id: decodeURIComponent(id) });
    }),
    ...flags
      .filter((flag) => flag.endsWith(':missing'))
      .map((flag) =>
        step(flag.replace(/:missing$/, ''), `no ${flag.replace(/:missing$/, '')} was known`, null),
      ),
  ];
};

const requestOf = ({ work, evidence }: LedgerItem): unknown => {
  switch (work.kind) {
    case 'run':
      return {
        request: work.payload === undefined ? contentOf(Buffer.from(work.request)) : `in ${work.payload.key}`,
        answer: evidence,
      };
    case 'suppress':
      return { request: null, reason: work.reason };
    case 'fail':
      return { request: null, reason: work.reason, message: work.message };
  }
};

const effectTitle = ({ state, attempts, reason, maybeSent }: LedgerItem): string =>
  [
    `effect ${state.toLowerCase().replace('_', ' ')}${reason === null ? '' : ` (${reason})`}`,
    ...(attempts === 0 ? [] : [`after ${attempts} failed ${attempts === 1 ? 'attempt' : 'attempts'}`]),
    ...(maybeSent && state !== 'DONE' ? ['a request may have arrived'] : []),
  ].join(', ');

/** Why the next step of an item is not there. */
const waitingText = (stage: string, { state, leaseUntil, reason }: LedgerItem): string | undefined => {
  switch (state) {
    case 'CLAIMED':
      return `${stage} is at it${leaseUntil === null ? '' : `, until ${toIso(leaseUntil)} at most`}`;
    case 'RELEASED':
      return `${stage} has tried it, and tries again`;
    case 'FAILED':
      return `${stage} gave it up: ${reason ?? 'see its dead letter'}`;
    case 'IN_DOUBT':
      return `nobody knows whether the effect was had: npx freshet effects resolve says what became of it`;
    case 'SUPPRESSED':
      return `${stage} suppressed it: ${reason ?? 'nothing was to be done'}`;
    case 'DONE':
      return undefined;
  }
};

const expiredText = (record: LoggedRecord, now: EpochMs): string => {
  const envelope = readChainedEnvelope(record);
  return !isFault(envelope) && now > envelope.expiry
    ? `; its deadline was ${toIso(envelope.expiry)}, and what comes after it is late`
    : '';
};

/** It may be there, and yet not be found: so many records and no more are looked through. */
export const notFoundText = (what: string, topic: string): string =>
  `${what} is not in ${topic}, or behind more records than are looked through`;

/** @throws {TransientError} where the log does not answer */
export const chainSteps = async (
  deployment: Pick<Deployment, 'contract' | 'environment' | 'log' | 'claims' | 'effects' | 'clock'>,
  chain: Chain,
  since: EpochMs,
  isAsked: boolean,
): Promise<ChainSteps> => {
  const { contract, environment, log, clock } = deployment;
  const { id, claim, effect } = chain;
  const missing: string[] = [];
  const steps: PlacedStep[] = [];
  const find = async (
    topic: 'vectors' | 'decisions' | 'outcomes',
    from: EpochMs,
  ): Promise<LoggedRecord | undefined> =>
    findAfter(
      log,
      {
        topic: topicIn(environment, contract[topic]),
        isWanted: ({ headers }) => ceHeader(headers, 'id') === id,
        key: keyBytesOf(chain),
      },
      from,
    );
  const logged = (
    kind: PlacedStep['kind'],
    title: string,
    record: LoggedRecord,
    verdict: VerdictKind | null,
  ): void =>
    void steps.push({
      kind,
      title,
      where: placeOf(record),
      at: record.timestamp,
      segmentsMs: segmentsOf(record),
      verdict,
      payload: isAsked ? contentOf(record.value) : null,
    });

  const vector = await find('vectors', since);
  if (vector === undefined) missing.push(notFoundText('the vector', topicIn(environment, contract.vectors)));
  else {
    const version = ceHeader(vector.headers, 'rowversion');
    const entity = vector.key === null ? '' : entityOf(vector.key);
    steps.push({
      kind: 'row',
      title: `row of ${entity || 'no key'}, version ${version ?? 'unknown'}`,
      where: `rows/${entity}`,
      at: null,
      segmentsMs: null,
      verdict: null,
      payload: isAsked ? { version: Number(version), digest: ceHeader(vector.headers, 'rowdigest') } : null,
    });
    steps.push(...contextSteps(vector, isAsked));
    logged('vector', `vector of ${entity || 'no key'}`, vector, verdictOf(claim));
  }
  if (claim === undefined) {
    const text = `inference has not taken the vector yet${vector === undefined ? '' : expiredText(vector, clock.now())}`;
    return { steps, missing, awaits: 'nothing', untaken: { stage: 'inference', text }, vector };
  }
  const waits = waitingText('inference', claim);
  if (waits !== undefined) missing.push(waits);
  const decision = claim.state === 'DONE' ? await find('decisions', vector?.timestamp ?? since) : undefined;
  if (decision !== undefined) {
    const by = [ceHeader(decision.headers, 'modelid'), ceHeader(decision.headers, 'modelversion')];
    logged(
      'decision',
      `decision of ${by.filter((text) => text !== undefined).join(' ')}`,
      decision,
      verdictOf(effect),
    );
  } else if (claim.state === 'DONE')
    missing.push(notFoundText('the decision', topicIn(environment, contract.decisions)));
  if (effect !== undefined) {
    steps.push({
      kind: 'effect',
      title: effectTitle(effect),
      where: `effects/${keyOfEffect(deployment, effect)}`,
      at: effect.firstAttempt,
      segmentsMs: null,
      verdict: verdictOf(effect),
      payload: isAsked ? requestOf(effect) : null,
    });
    // That nothing was to be done is an end like any other.
    const why = effect.state === 'SUPPRESSED' ? undefined : waitingText('action', effect);
    if (why !== undefined) missing.push(why);
  }
  // What failed or is in doubt has a letter, and no outcome.
  const hasOutcome =
    (claim.state === 'SUPPRESSED' && claim.emits.length > 0) ||
    (effect !== undefined && isSettledState(effect.state) && effect.emits.length > 0);
  const outcome = hasOutcome
    ? await find('outcomes', decision?.timestamp ?? vector?.timestamp ?? since)
    : undefined;
  if (outcome !== undefined) {
    const { status } = (contentOf(outcome.value) ?? {}) as { readonly status?: string };
    logged('outcome', `outcome ${status ?? 'unknown'}`, outcome, null);
  } else if (hasOutcome) missing.push(notFoundText('its outcome', topicIn(environment, contract.outcomes)));
  const isUnderWay =
    !isSettledState(claim.state) ||
    (claim.state === 'DONE' && effect !== undefined && !isSettledState(effect.state));
  const isLost = (claim.state === 'DONE' && decision === undefined) || (hasOutcome && outcome === undefined);
  const text = `action has not taken the decision yet${decision === undefined ? '' : expiredText(decision, clock.now())}`;
  return {
    steps,
    missing,
    awaits: isUnderWay ? 'stage' : isLost ? 'record' : 'nothing',
    untaken: claim.state === 'DONE' && effect === undefined ? { stage: 'action', text } : undefined,
    vector,
  };
};
