import { randomUUID } from 'node:crypto';
import { partitionOf } from '../../adapters/partitioner.ts';
import type { ResolvedContract, ResolvedSource, StageName } from '../../core/contract/resolved.ts';
import { namesIn, stageSource, stageSources } from '../../core/contract/stage-sources.ts';
import { canonicalJson, digestOf, type Json } from '../../core/digest.ts';
import { outputRecord } from '../../core/envelope.ts';
import { UsageError } from '../../core/errors.ts';
import { identityText } from '../../core/identity.ts';
import type { EventLog, LoggedRecord, PartitionOffsets } from '../../core/ports/event-log.ts';
import type { Validator } from '../../core/ports/stage-ports.ts';
import { bytesOf, type OutputRecord } from '../../core/record.ts';
import { epochMsOf, toIso, type EpochMs } from '../../core/units.ts';
import { recordsOf } from '../../runtime/kafka-event.ts';
import { validatorsOf } from '../../runtime/validators.ts';

/** A stage, and where it reads. */
export interface InvokedStage {
  readonly contract: ResolvedContract;
  readonly stage: StageName;
  readonly environment: string;
}

const usage = (message: string): UsageError => new UsageError('USAGE', { message });

/** The topic that a stage reads, as the log names it. */
const topicOf = ({ contract, stage, environment }: InvokedStage): string =>
  namesIn(environment, stageSource(contract, stage)).source;

/** `topic/partition/offset`. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Names of a topic: in the log, and as the contract calls it. */
const isNamed = (
  name: string,
  contract: ResolvedContract,
  stage: StageName,
  environment: string,
): boolean => {
  const { topic } = stageSource(contract, stage);
  return name === topic.name || name === topicOf({ contract, stage, environment });
};

/**
 * The record at a place of the topic that a stage reads.
 *
 * @throws {UsageError} where the stage does not read that topic, or there is no such record
 */
export const recordAt = async (
  log: EventLog,
  { topic: named, partition, offset }: Place,
  of: InvokedStage,
): Promise<LoggedRecord> => {
  const { contract, stage, environment } = of;
  const topic = topicOf(of);
  if (!isNamed(named, contract, stage, environment)) {
    const reader = stageSources(contract).find(({ name }) => isNamed(named, contract, name, environment));
    throw usage(
      `--at: got topic ${named}, expected ${topic}, which ${stage} reads. Fix: ${
        reader === undefined
          ? `write --at ${topic}/${partition}/${offset}`
          : `invoke ${reader.name}, which reads ${named}`
      }.`,
    );
  }
  const ranges = await log.offsets(topic);
  if (!ranges.some((known) => known.partition === partition))
    throw usage(
      `--at: got partition ${partition} of ${topic}, expected 0 to ${ranges.length - 1}. Fix: name one of them.`,
    );
  const [record] = await log.read({ topic, partition, from: offset, maxRecords: 1, maxBytes: 1 });
  if (record?.offset === offset) return record;
  const held = (known: PartitionOffsets): string =>
    `${known.partition} (${known.earliest} to ${known.end - 1})`;
  const filled = ranges.filter((known) => known.end > known.earliest);
  const kept =
    filled.length === 0
      ? 'the topic is empty'
      : `records are in ${filled.length === 1 ? 'partition' : 'partitions'} ${filled.map(held).join(', ')}`;
  throw usage(
    `--at: got offset ${offset} of ${topic}/${partition}, expected one that is there: ${kept}. Fix: ${filled.length === 0 ? 'let the pipeline run first' : 'name one of those'}.`,
  );
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether it is what Lambda's mapping would hand over. */
export const isMappingEvent = (value: unknown): boolean => isObject(value) && isObject(value['records']);

/**
 * The records of an event of a mapping, without their coordinates: they are of another log, or of another time.
 *
 * @throws {InvariantError} `BATCH_INVALID`
 */
export const recordsInEvent = (event: unknown, of: InvokedStage): readonly OutputRecord[] =>
  recordsOf(event).map(({ key, value, headers }) => ({ topic: topicOf(of), key, value, headers }));

const sourceOf = ({ contract, stage }: InvokedStage): ResolvedSource | undefined => {
  if (stage === 'features') return contract.source;
  return stage.startsWith('context-') ? contract.context[stage.slice('context-'.length)]?.source : undefined;
};

const validatorsFor = ({ contract, stage }: InvokedStage): Readonly<Record<string, Validator>> => {
  const { source, context } = validatorsOf(contract);
  return (stage === 'features' ? source : context[stage.slice('context-'.length)]) ?? {};
};

/** Which type of event it is: the one that was named, or the only one whose schema takes it. */
const typeOf = (data: unknown, named: string | undefined, of: InvokedStage): string => {
  const validators = validatorsFor(of);
  const types = Object.keys(validators);
  if (named !== undefined) {
    if (types.includes(named)) return named;
    throw usage(
      `--type: got "${named}", expected one of ${types.join(', ')}. Fix: name one of them, or leave it out.`,
    );
  }
  const issues = types.map((type) => ({ type, found: validators[type]?.(data) ?? [] }));
  const fitting = issues.filter(({ found }) => found.length === 0).map(({ type }) => type);
  const [only, ...others] = fitting;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined)
    throw usage(
      `--event: got an event that is of several types, ${fitting.join(' and ')}; expected one. Fix: write --type ${only}.`,
    );
  const listed = issues.map(
    ({ type, found }) =>
      `  ${type}: ${found.map(({ pointer, message }) => `${pointer === '' ? 'it' : pointer} ${message}`).join('; ')}`,
  );
  throw usage(
    `--event: got an event that is of no type of the contract; expected one of ${types.join(', ')}. Fix: mend it, or name a type with --type to see what the stage makes of it.\n${listed.join('\n')}`,
  );
};

/** @throws {UsageError} for a type that the event does not have: the stage takes what its data says, whatever is named */
const checkIdentified = (
  data: Readonly<Record<string, unknown>>,
  member: string | undefined,
  named: string | undefined,
  of: InvokedStage,
): void => {
  if (named === undefined) return;
  typeOf(data, named, of);
  if (member === undefined || data[member] === named) return;
  throw usage(
    `--type: got "${named}", expected ${JSON.stringify(data[member]) ?? 'none'}, as "${member}" in the event says. Fix: leave it out, or write the type to "${member}".`,
  );
};

/** An event as its producer would publish it now. */
const publishedRecord = (
  data: Readonly<Record<string, unknown>>,
  source: ResolvedSource,
  type: string | undefined,
  of: InvokedStage,
  now: EpochMs,
): OutputRecord => {
  const key = data[source.key];
  if (source.identify !== null) checkIdentified(data, source.identify.type, type, of);
  // Producers of plain JSON have their identity in the data, where the contract's mapping finds it.
  const headers: Readonly<Record<string, string>> =
    source.identify === null
      ? {
          ce_specversion: '1.0',
          ce_id: randomUUID(),
          ce_source: '/freshet/invoke',
          ce_type: typeOf(data, type, of),
          ce_time: toIso(now),
        }
      : {};
  return {
    topic: topicOf(of),
    key: typeof key === 'string' || typeof key === 'number' ? bytesOf(String(key)) : null,
    value: bytesOf(JSON.stringify(data)),
    headers: Object.entries({ ...headers, 'content-type': 'application/json' }).map(([name, value]) => ({
      name,
      value: bytesOf(value),
    })),
  };
};

/** A vector or a decision as the stage before would write it now. */
const chainedRecord = (data: Json, of: InvokedStage, now: EpochMs): OutputRecord => {
  const { contract, stage } = of;
  const isVector = stage === 'inference';
  const body = canonicalJson(data);
  const identity = { source: '/freshet/invoke', id: randomUUID() };
  return outputRecord({
    pipeline: contract.pipeline,
    stage: isVector ? 'features' : 'inference',
    topic: topicOf(of),
    key: bytesOf(identity.id),
    type: isVector ? 'vector' : 'decision',
    body,
    input: {
      identity,
      type: 'invoke',
      publishedAt: now,
      correlationId: identityText(identity),
      origin: { time: now, append: now, digest: digestOf(body) },
      expiry: epochMsOf(now + contract.deadlineMs),
      sequence: undefined,
      trace: { traceparent: undefined, tracestate: undefined },
      hops: [],
      flags: [],
    },
    index: isVector ? 0 : undefined,
    now,
    hop: { stage: 'invoke', appendMs: 0, receiveMs: 0, processMs: 0, externalMs: 0 },
    sequence: 1,
    flags: [],
    extensions: {},
  });
};

/**
 * A record of what somebody wrote down: an event, a vector or a decision, whatever the stage reads.
 *
 * @param type - of the event; `undefined`: the only one whose schema takes it
 * @throws {UsageError} for what is no object, or of no type, or of several
 */
export const recordOfJson = (
  data: unknown,
  type: string | undefined,
  of: InvokedStage,
  now: EpochMs,
): OutputRecord => {
  if (!isObject(data))
    throw usage(
      `--event: got ${Array.isArray(data) ? 'a list' : typeof data}, expected one event as a JSON object. Fix: write one event to a file.`,
    );
  const source = sourceOf(of);
  if (source !== undefined && source.format.format !== 'json')
    throw usage(
      `--event: got plain JSON for ${source.name}, whose values are ${source.format.format}; expected an event of its mapping. Fix: give one with its records, or --at a record of the topic.`,
    );
  return source === undefined
    ? chainedRecord(data as Json, of, now)
    : publishedRecord(data, source, type, of, now);
};

/** Records as they would be read if they were appended now: each after the end of its partition. */
export const asIfAppended = async (
  log: EventLog,
  records: readonly OutputRecord[],
  now: EpochMs,
): Promise<readonly LoggedRecord[]> => {
  const topic = records[0]?.topic ?? '';
  const ends = new Map((await log.offsets(topic)).map(({ partition, end }) => [partition, end]));
  return records.map((record): LoggedRecord => {
    const partition = record.key === null ? 0 : partitionOf(record.key, Math.max(1, ends.size));
    const offset = ends.get(partition) ?? 0;
    ends.set(partition, offset + 1);
    return { ...record, partition, offset, timestamp: now, timestampType: 'LOG_APPEND_TIME' };
  });
};
