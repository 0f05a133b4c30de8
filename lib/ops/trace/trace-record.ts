import { entityOf } from '../../core/batch/decode.ts';
import { groupIn, topicIn } from '../../core/contract/resolved.ts';
import { ceHeader } from '../../core/envelope.ts';
import { UsageError } from '../../core/errors.ts';
import { emittedBy, type LedgerItem } from '../../core/ledger/item.ts';
import type { LoggedRecord } from '../../core/ports/event-log.ts';
import { epochMsOf, parseInstant, type EpochMs } from '../../core/units.ts';
import type { Deployment } from '../deployment.ts';
import { letterName, type Letter } from '../letters/letter.ts';
import { listLetters } from '../letters/list-letters.ts';
import {
  chainSteps,
  contentOf,
  notFoundText,
  placeOf,
  type Awaited,
  type ChainSteps,
} from './chain-steps.ts';
import { findChains, isEvent, type Chain, type Found } from './find-chains.ts';
import { findAfter, searchedOfEach } from './find-record.ts';
import { timed, type PlacedStep, type Trace } from './trace.ts';

/** So long after its newest step a record that a stage has written may not be seen in its topic yet, ms. */
const settlingMs = 60_000;

export interface TraceOptions {
  /** Whether it holds what is in the records; whoever asks for it leaves an audit record before. */
  readonly withPayload: boolean;
}

/** When the event was appended, as the first of its outputs says it. */
const originAppendOf = ({ event, chains }: Found): EpochMs | undefined =>
  event?.timestamp ?? chains.map(({ claim, effect }) => (claim ?? effect)?.originAppend)[0];

/** `source#id` → the identity, by the vector's own word for its input or by the text; the source may hold a `#`. */
const identityOf = (
  correlation: string,
  vector: LoggedRecord | undefined,
  identify: { readonly source: string } | null,
): { readonly source: string; readonly id: string } => {
  const text = (vector === undefined ? undefined : ceHeader(vector.headers, 'causationid')) ?? correlation;
  const at =
    identify !== null && text.startsWith(`${identify.source}#`) ? identify.source.length : text.indexOf('#');
  return { source: text.slice(0, at), id: text.slice(at + 1) };
};

const isLetterOf =
  (event: LoggedRecord | undefined, correlation: string, ids: ReadonlySet<string>) =>
  ({ record }: Letter): boolean => {
    const id = ceHeader(record.headers, 'id');
    return (
      (event !== undefined &&
        record.topic === event.topic &&
        record.partition === event.partition &&
        record.offset === event.offset) ||
      (id !== undefined && ids.has(id)) ||
      ceHeader(record.headers, 'correlationid') === correlation
    );
  };

const letterStep = (letter: Letter, isAsked: boolean): PlacedStep => ({
  kind: 'dead-letter',
  title: `dead letter of ${letterName(letter)}: ${letter.reason}`,
  where: `${letter.foundAt.topic}/${letter.foundAt.partition}/${letter.foundAt.offset}`,
  at: letter.writtenAt,
  segmentsMs: null,
  verdict: 'dead-lettered',
  payload: isAsked ? { message: letter.message, value: contentOf(letter.record.value) } : null,
});

/** A letter stands where it was written: behind the last step that was there by then. */
const withLetters = (steps: readonly PlacedStep[], letters: readonly PlacedStep[]): readonly PlacedStep[] =>
  letters.reduce((all, letter) => {
    const before = all.findLastIndex(({ at }) => at !== null && letter.at !== null && at <= letter.at);
    return all.toSpliced(before + 1, 0, letter);
  }, steps);

/** A vector that inference has not taken yet is in no store: only its topic has it. */
const unclaimed = async (
  { contract, environment, log }: Deployment,
  { correlation, event }: Found,
  append: EpochMs,
): Promise<readonly Chain[]> => {
  const vector = await findAfter(
    log,
    {
      topic: topicIn(environment, contract.vectors),
      isWanted: ({ headers }) => ceHeader(headers, 'correlationid') === correlation,
      key: event?.key,
    },
    append,
  );
  const id = vector === undefined ? undefined : ceHeader(vector.headers, 'id');
  return id === undefined ? [] : [{ id, claim: undefined, effect: undefined }];
};

/** Why an event has no vector, and what is awaited of it. */
const withoutVector = async (
  { contract, environment, groups }: Deployment,
  event: LoggedRecord,
  hasLetter: boolean,
): Promise<{ readonly why: string | undefined; readonly awaits: Awaited }> => {
  if (hasLetter) return { why: undefined, awaits: 'nothing' };
  const committed = (await groups.committed(groupIn(environment, contract.features.mapping))).find(
    ({ topic, partition }) => topic === event.topic && partition === event.partition,
  );
  return committed !== undefined && event.offset < committed.offset
    ? {
        why: 'features has settled it without a vector: it changed the row only, or was ignored',
        // It may have written one since the vectors were looked through.
        awaits: 'record',
      }
    : {
        why: `features has not come to it yet: of partition ${event.partition} it has committed ${committed?.offset ?? 'nothing'}`,
        awaits: 'stage',
      };
};

/**
 * One record's way from the event to its outcomes, by what log and stores know of it: nothing of it is kept for this.
 *
 * @param wanted - an event's id or its correlation `source#id`, a decision's or a vector's id, or an effect's idempotency key
 * @throws {UsageError} where nothing is known of it
 * @throws {TransientError} where the log or a store does not answer
 */
export const traceRecord = async (
  deployment: Deployment,
  wanted: string,
  { withPayload }: TraceOptions,
): Promise<Trace> => {
  const { contract, environment, log } = deployment;
  const found = await findChains(deployment, wanted);
  const append = originAppendOf(found);
  if (append === undefined) throw await unknown(deployment, wanted);
  const outputs = found.chains.length > 0 ? found.chains : await unclaimed(deployment, found, append);
  const chains: ChainSteps[] = [];
  for (const chain of outputs) chains.push(await chainSteps(deployment, chain, append, withPayload));
  const vector = chains.map((chain) => chain.vector).find((record) => record !== undefined);
  const correlation =
    found.correlation ??
    (vector === undefined ? undefined : ceHeader(vector.headers, 'correlationid')) ??
    wanted;
  const source = topicIn(environment, contract.source);
  const event =
    found.event ??
    (await findAfter(
      log,
      {
        topic: source,
        isWanted: isEvent(deployment, identityOf(correlation, vector, contract.source.identify)),
        key: vector?.key,
      },
      append,
    ));
  const ids = new Set(outputs.map(({ id }) => id));
  const letters = (await listLetters(deployment, { since: append })).filter(
    isLetterOf(event, correlation, ids),
  );
  const missing = chains.flatMap((chain) => chain.missing);
  const awaited = new Set(chains.map(({ awaits }) => awaits));
  // What a stage refused as it read it, or its mapping gave up on, has a letter and nothing in the ledger.
  outputs.forEach(({ id }, index) => {
    const untaken = chains[index]?.untaken;
    const isRefused = letters.some(
      ({ stage, record }) => stage === untaken?.stage && ceHeader(record.headers, 'id') === id,
    );
    if (untaken === undefined || isRefused) return;
    missing.push(untaken.text);
    awaited.add('stage');
  });
  if (letters.length === 0 && outputs.some(({ claim, effect }) => hasLetter(claim) || hasLetter(effect)))
    awaited.add('record');
  if (event === undefined) missing.unshift(notFoundText('the event', source));
  else if (chains.length === 0) {
    const { why, awaits } = await withoutVector(deployment, event, letters.length > 0);
    if (why !== undefined) missing.push(why);
    awaited.add(awaits);
  }
  const steps = [
    ...(event === undefined ? [] : [eventStep(event, chains.length > 0, withPayload)]),
    ...chains.flatMap((chain) => chain.steps),
  ];
  const letterSteps = letters.map((letter) => letterStep(letter, withPayload));
  const placed = withLetters(steps, letterSteps);
  const newest = Math.max(append, ...placed.map(({ at }) => at ?? append));
  const isFinal =
    !awaited.has('stage') && (!awaited.has('record') || deployment.clock.now() > newest + settlingMs);
  return { correlation, steps: timed(placed), missing, isFinal };
};

/** Whether a stage has written a letter of it, or will. */
const hasLetter = (item: LedgerItem | undefined): boolean =>
  item !== undefined && item.letter !== null && emittedBy(item).includes(item.letter);

const eventStep = (event: LoggedRecord, hasVector: boolean, isAsked: boolean): PlacedStep => {
  const type = ceHeader(event.headers, 'type');
  const key = event.key === null ? 'no key' : entityOf(event.key);
  const published = parseInstant(ceHeader(event.headers, 'time') ?? '');
  return {
    kind: 'event',
    title: `${type ?? 'event'} of ${key}`,
    where: placeOf(event),
    at: event.timestamp,
    segmentsMs: published === undefined ? null : { append: epochMsOf(event.timestamp - published) },
    verdict: hasVector ? 'done' : null,
    payload: isAsked ? contentOf(event.value) : null,
  };
};

const unknown = async ({ contract, environment, log }: Deployment, wanted: string): Promise<UsageError> => {
  const source = topicIn(environment, contract.source);
  const partitions = (await log.offsets(source)).length;
  return new UsageError('USAGE', {
    message: `got "${wanted}", of which nothing is known: neither the claims nor the effects have it, and it is not among the newest ${searchedOfEach(partitions)} records of any partition of ${source}. Expected the id of an event or of a decision, or an idempotency key such as freshet-3fa92c17…. Fix: copy it from a log, from the page, or from npx freshet effects list.`,
  });
};
