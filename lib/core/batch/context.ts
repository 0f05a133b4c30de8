/** The context stage: observations by key and event time. Idempotent by itself, so it needs neither claim nor fence. */
import { contextStageName, deadLettersIn } from '../contract/resolved.ts';
import { deadLetter } from '../dead-letter.ts';
import { canonicalJson } from '../digest.ts';
import { messageOf } from '../errors.ts';
import { identityText } from '../identity.ts';
import type { Batch, BatchResult, ContextPorts, FreshnessSample } from '../ports/stage-ports.ts';
import type { Observation, Written } from '../ports/stores.ts';
import { bytesOf } from '../record.ts';
import type { ContextStage } from '../stages/context.ts';
import { isSettled, type Verdict } from '../verdict.ts';
import { arrivals } from './arrival.ts';
import { decodeSources } from './decode-sources.ts';
import { entityOf, type Decoded, type DecodedEvent, type RefusedRecord } from './decode.ts';
import { emit } from './emit.ts';
import { finishBatch } from './finish.ts';
import { freshnessOf, hopOf } from './measure.ts';

/** Largest observation, bytes of its JSON: with its key and its identity it stays below DynamoDB's 400 KB. */
export const maxObservationBytes = 350_000;

/** An event whose data can be stored. */
interface ObservedEvent extends DecodedEvent {
  /** Canonical JSON of the data. */
  readonly body: string;
}

type Observed = ObservedEvent | Exclude<Decoded, DecodedEvent>;

export const contextBatch = async (
  stage: ContextStage,
  ports: ContextPorts,
  batch: Batch,
): Promise<BatchResult> => {
  const { contract, definition } = stage;
  const { invocation } = batch;
  const name = contextStageName(stage.context);
  const arrived = await arrivals(batch, ports, true);
  const sources = await decodeSources(
    arrived,
    {
      source: definition.source,
      validators: ports.validators.context[stage.context] ?? {},
      deadlineMs: contract.deadlineMs,
    },
    ports,
    batch,
  );
  const decoded = sources.map(observed);

  const events = decoded.filter((item): item is ObservedEvent => item.kind === 'event');
  const madeAt = ports.clock.now();
  const latest = highestPerMoment(events.map((event) => observationOf(stage.context, event)));
  const written = await ports.context.observe([...latest.values()]);
  const writtenByMoment = new Map([...latest.keys()].map((moment, index) => [moment, written[index]]));

  // Twice the history: an event may be so much older than the newest observation and still find all that it may see.
  if (events.length > 0) await ports.context.forget(stage.context, 2 * definition.historyMs);

  const refused = decoded.filter((item): item is RefusedRecord => item.kind === 'refused');
  const emitted = await emit(
    ports.producer,
    refused.map(({ arrival, reason, message }) => [
      deadLetter({
        pipeline: contract.pipeline,
        stage: name,
        topic: deadLettersIn(invocation.environment, definition.source),
        record: arrival.record,
        at: arrival.at,
        redrive: batch.redrive?.number ?? 0,
        reason,
        message,
        maxSourceBytes: definition.source.maxRecordBytes,
      }),
    ]),
  );
  const emittedByRecord = new Map(refused.map((item, index) => [item, emitted[index]]));

  const verdictOf = (item: Observed): Verdict => {
    switch (item.kind) {
      case 'ignored':
        return { kind: 'ignored', type: item.type };
      case 'deferred':
        return { kind: 'retry', cause: 'registry-unavailable' };
      case 'refused':
        return emittedByRecord.get(item)?.kind === 'acked'
          ? { kind: 'dead-lettered', reason: item.reason }
          : { kind: 'retry', cause: 'not-produced' };
      case 'event':
        return writeVerdict(writtenByMoment.get(momentOf(item)));
    }
  };
  const verdicts = decoded.map((item) => ({ at: item.arrival.at, verdict: verdictOf(item) }));
  const now = ports.clock.now();
  const freshness = decoded.flatMap((item, index): FreshnessSample[] => {
    if (item.kind !== 'event' || verdicts[index]?.verdict.kind !== 'state-only' || batch.redrive) return [];
    const { receivedAt } = invocation;
    const hop = hopOf(name, item.arrival.record, item.envelope.publishedAt, {
      receivedAt,
      madeAt,
      externalMs: 0,
    });
    return [freshnessOf(item.envelope, hop, madeAt, now, contract.freshness.targetMs)];
  });
  const lost = batch.redrive ? 0 : verdicts.filter(({ verdict }) => verdict.kind === 'dead-lettered').length;
  return finishBatch({
    stage: name,
    ports,
    batch,
    verdicts,
    measured: {
      freshness,
      bad: lost,
      lost,
      emitted: 0,
      effects: 0,
    },
    minimumWaitMs: definition.mapping.minimumWaitMs,
    suggestionsMs: verdicts.filter(({ verdict }) => !isSettled(verdict)).map(() => 0),
  });
};

/** What cannot be stored is refused alone: a schema that allows further members lets through what no store takes. */
const observed = (item: Decoded): Observed => {
  if (item.kind !== 'event') return item;
  const refused = (reason: 'not-json' | 'oversize', message: string): RefusedRecord => ({
    kind: 'refused',
    arrival: item.arrival,
    reason,
    message,
  });
  let body: string;
  try {
    body = canonicalJson(item.data);
  } catch (thrown) {
    return refused('not-json', `the data cannot be written as JSON again: ${messageOf(thrown)}`);
  }
  const bytes = bytesOf(body).length;
  return bytes > maxObservationBytes
    ? refused('oversize', `the observation has ${bytes} bytes, the limit is ${maxObservationBytes}`)
    : { ...item, body };
};

const observationOf = (
  context: string,
  { arrival, envelope, eventTime, body }: ObservedEvent,
): Observation => ({
  context,
  key: entityOf(arrival.record.key ?? new Uint8Array()),
  eventTime,
  epoch: arrival.epoch,
  offset: arrival.at.offset,
  id: identityText(envelope.identity),
  digest: envelope.origin.digest,
  body,
});

const momentOf = ({ arrival, eventTime }: DecodedEvent): string =>
  `${eventTime}/${entityOf(arrival.record.key ?? new Uint8Array())}`;

/** Of several observations of one key and event time in a batch the last one counts: one write per item and call. */
const highestPerMoment = (observations: readonly Observation[]): ReadonlyMap<string, Observation> =>
  observations.reduce((kept, observation) => {
    const moment = `${observation.eventTime}/${observation.key}`;
    const other = kept.get(moment);
    if (other === undefined || observation.offset > other.offset) kept.set(moment, observation);
    return kept;
  }, new Map<string, Observation>());

const writeVerdict = (written: Written | undefined): Verdict => {
  switch (written?.kind) {
    case 'applied':
      return { kind: 'state-only' };
    case 'conflict':
      // A later observation of the same moment is stored: this one is behind it.
      return { kind: 'fenced' };
    case 'unavailable':
    case undefined:
      return { kind: 'retry', cause: 'store-unavailable' };
  }
};
