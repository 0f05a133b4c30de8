/** The context stage: observations by key and event time. Idempotent by itself, so it needs neither claim nor fence. */
import { deadLettersIn } from '../contract/resolved.ts';
import { deadLetter } from '../dead-letter.ts';
import { canonicalJson } from '../digest.ts';
import { identityText } from '../identity.ts';
import type { Batch, BatchResult, ContextPorts, FreshnessSample } from '../ports/stage-ports.ts';
import type { Observation, Written } from '../ports/stores.ts';
import { contextStageName, type ContextStage } from '../stages/context.ts';
import { isSettled, type Verdict } from '../verdict.ts';
import { arrivals } from './arrival.ts';
import { decodeSource, entityOf, type Decoded, type DecodedEvent, type RefusedRecord } from './decode.ts';
import { emit } from './emit.ts';
import { finishBatch } from './finish.ts';
import { freshnessOf, hopOf } from './measure.ts';

export const contextBatch = async (
  stage: ContextStage,
  ports: ContextPorts,
  batch: Batch,
): Promise<BatchResult> => {
  const { contract, definition } = stage;
  const { invocation } = batch;
  const name = contextStageName(stage.context);
  const arrived = await arrivals(batch, ports, true);
  const validators = ports.validators.context[stage.context] ?? {};
  const decoded = arrived.map((arrival) =>
    decodeSource(arrival, definition.source, validators, contract.deadlineMs),
  );

  const events = decoded.filter((item): item is DecodedEvent => item.kind === 'event');
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

  const verdictOf = (item: Decoded): Verdict => {
    switch (item.kind) {
      case 'ignored':
        return { kind: 'ignored', type: item.type };
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
    return [freshnessOf(item.envelope, hop, madeAt, now, contract.freshness.targetMs, true)];
  });
  return finishBatch({
    stage: name,
    ports,
    batch,
    verdicts,
    measured: {
      freshness,
      bad: batch.redrive ? 0 : verdicts.filter(({ verdict }) => verdict.kind === 'dead-lettered').length,
      emitted: 0,
      effects: 0,
    },
    minimumWaitMs: definition.mapping.minimumWaitMs,
    suggestionsMs: verdicts.filter(({ verdict }) => !isSettled(verdict)).map(() => 0),
  });
};

const observationOf = (
  context: string,
  { arrival, envelope, eventTime, data }: DecodedEvent,
): Observation => ({
  context,
  key: entityOf(arrival.record.key ?? new Uint8Array()),
  eventTime,
  epoch: arrival.epoch,
  offset: arrival.at.offset,
  id: identityText(envelope.identity),
  digest: envelope.origin.digest,
  body: canonicalJson(data),
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
