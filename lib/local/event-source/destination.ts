import type { LoggedRecord } from '../../core/ports/event-log.ts';
import { bytesOf, type OutputRecord } from '../../core/record.ts';
import { toIso, type EpochMs } from '../../core/units.ts';
import { kafkaEvent, partitionKey } from './event.ts';
import type { MappingConfig } from './mapping.ts';

/** What a mapping gave up on, and why. */
export interface Discarded {
  readonly condition: 'retries-exhausted' | 'age-exceeded' | 'payload-too-large';
  /** What nobody will process: its verdict is `mapping-gave-up`. */
  readonly unfinished: readonly LoggedRecord[];
  /** What the destination is told of: the same, or the whole last invocation ({@link UndocumentedChoices}). */
  readonly handedOver: readonly LoggedRecord[];
  /** The last invocation; `null` where there was none. */
  readonly invocationId: number | null;
  readonly invokeCount: number;
  /** Lambda's `functionError`; `null` after a partial response, and where nothing was invoked. */
  readonly functionError: 'Unhandled' | null;
}

/** Who discards, and when: what a letter says beside its records. */
export interface DiscardContext {
  readonly config: MappingConfig;
  /** Request id of the last invocation. */
  readonly requestId: string;
  readonly at: EpochMs;
}

/**
 * The records that a `kafka://` destination gets: one for each discarded record, under its own key, with its payload.
 *
 * @see AWS Lambda developer guide, "kafka-on-failure-destination"
 */
export const kafkaLetters = (
  topic: string,
  discarded: Discarded,
  context: DiscardContext,
): readonly OutputRecord[] =>
  discarded.handedOver.map((record) => {
    const payload = kafkaEvent(context.config.source, [record]);
    const letter = {
      ...invocationRecord(discarded, context, KAFKA_CONDITIONS),
      KafkaBatchInfo: {
        ...batchInfo([record], context, JSON.stringify(payload)),
        recordInfo: { offset: String(record.offset), timestamp: toIso(record.timestamp) },
      },
      payload,
    };
    return { topic, key: record.key, value: bytesOf(JSON.stringify(letter)), headers: [] };
  });

/** An object for a bucket. */
export interface DiscardObject {
  readonly key: string;
  readonly body: string;
}

/**
 * The object that an S3 destination gets: one for the whole batch, its payload an escaped JSON string.
 * The key is that of the stream sources, which is the only one documented, with the first partition for the shard.
 *
 * @param unique - a random UUID, the end of the key
 * @see AWS Lambda developer guide, "kafka-on-failure" and "kinesis-on-failure-destination"
 */
export const discardObject = (
  discarded: Discarded,
  context: DiscardContext,
  unique: string,
): DiscardObject => {
  const payload = JSON.stringify(kafkaEvent(context.config.source, discarded.handedOver));
  const body = JSON.stringify({
    ...invocationRecord(discarded, context, BUCKET_CONDITIONS),
    KafkaBatchInfo: {
      ...batchInfo(discarded.handedOver, context, payload),
      recordsInfo: recordsInfo(discarded.handedOver),
    },
    payload,
  });
  const first = discarded.handedOver[0];
  const shard = first === undefined ? context.config.topic : partitionKey(first);
  const [day = '', time = ''] = toIso(context.at).slice(0, 19).split('T');
  const folder = `aws/lambda/${context.config.uuid}/${shard}/${day.replaceAll('-', '/')}`;
  return { key: `${folder}/${day}T${time.replaceAll(':', '.')}-${unique}`, body };
};

type Conditions = Readonly<Record<Discarded['condition'], string>>;

/** The guide writes the same condition in two ways: nobody should compare it. That of the age is known from streams only. */
const BUCKET_CONDITIONS: Conditions = {
  'retries-exhausted': 'RetryAttemptsExhausted',
  'age-exceeded': 'RecordAgeExceeded',
  'payload-too-large': 'MaximumPayloadSizeExceeded',
};
const KAFKA_CONDITIONS: Conditions = { ...BUCKET_CONDITIONS, 'retries-exhausted': 'RetriesExhausted' };

const invocationRecord = (
  { condition, invocationId, invokeCount, functionError }: Discarded,
  { config, requestId, at }: DiscardContext,
  conditions: Conditions,
): object => ({
  requestContext: {
    requestId,
    functionArn: config.functionArn,
    condition: conditions[condition],
    approximateInvokeCount: invokeCount,
  },
  responseContext:
    invocationId === null
      ? null
      : {
          statusCode: 200,
          executedVersion: '$LATEST',
          ...(functionError === null ? {} : { functionError }),
        },
  version: '1.0',
  timestamp: toIso(at),
});

const batchInfo = (
  records: readonly LoggedRecord[],
  { config }: DiscardContext,
  payload: string,
): object => ({
  batchSize: records.length,
  ...(config.source.kind === 'msk' ? { eventSourceArn: config.source.arn } : {}),
  bootstrapServers: config.source.bootstrapServers.join(','),
  payloadSize: Buffer.byteLength(payload),
});

/** First and last record of each partition. Offsets are strings here, and numbers in the payload. */
const recordsInfo = (records: readonly LoggedRecord[]): object =>
  Object.fromEntries(
    [...Map.groupBy(records, partitionKey)].map(([key, [first, ...rest]]) => {
      const last = rest.at(-1) ?? first;
      return [
        key,
        {
          firstRecordOffset: String(first?.offset),
          lastRecordOffset: String(last?.offset),
          firstRecordTimestamp: toIso(first?.timestamp ?? (0 as EpochMs)),
          lastRecordTimestamp: toIso(last?.timestamp ?? (0 as EpochMs)),
        },
      ];
    }),
  );
