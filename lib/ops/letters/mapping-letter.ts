/**
 * What Lambda's event source mapping leaves in a `kafka://` on-failure destination: the invocation it gave up on, with one record.
 *
 * Only the documented shape is read: `requestContext`, `KafkaBatchInfo` and `payload`, whose one record is in the form of the event.
 *
 * @see AWS Lambda developer guide, "kafka-on-failure-destination"
 */
import type { StageName } from '../../core/contract/resolved.ts';
import { lengthPrefixed } from '../../core/identity.ts';
import type { LoggedRecord } from '../../core/ports/event-log.ts';
import { strictTextOf, type Header } from '../../core/record.ts';
import { epochMsOf } from '../../core/units.ts';
import type { Letter, LetteredRecord } from './letter.ts';

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const membersOf = (value: unknown): Members => (isObject(value) ? value : {});

/** @returns `undefined` where the record has another shape */
export const mappingLetter = (
  record: LoggedRecord,
  stageOfFunction: (functionArn: string) => StageName | undefined,
): Letter | 'of-another-pipeline' | undefined => {
  const letter = parsed(record.value);
  const { requestContext, KafkaBatchInfo, payload } = letter;
  if (!isObject(requestContext) || !isObject(KafkaBatchInfo) || !isObject(payload)) return undefined;
  const original = recordIn(payload);
  const { functionArn, condition, approximateInvokeCount } = requestContext;
  if (original === undefined || typeof functionArn !== 'string') return undefined;
  const stage = stageOfFunction(functionArn);
  if (stage === undefined) return 'of-another-pipeline';
  const { topic, partition, offset } = original;
  return {
    id: lengthPrefixed(['mapping', stage, topic, String(partition), String(offset)]),
    writer: 'mapping',
    place: stage,
    stage,
    reason: 'mapping-gave-up',
    message: `the event source mapping gave up: ${String(condition)} after ${String(approximateInvokeCount)} invocation(s)`,
    redrive: -1,
    record: original,
    truncatedBytes: 0,
    writtenAt: record.timestamp,
    foundAt: { topic: record.topic, partition: record.partition, offset: record.offset },
  };
};

const parsed = (value: Uint8Array | null): Members => {
  const text = value === null ? undefined : strictTextOf(value);
  if (text === undefined || !text.startsWith('{')) return {};
  try {
    return membersOf(JSON.parse(text) as unknown);
  } catch {
    return {};
  }
};

const recordIn = ({ records }: Members): LetteredRecord | undefined => {
  const [list] = Object.values(membersOf(records));
  const [first] = Array.isArray(list) ? (list as readonly unknown[]) : [];
  const { topic, partition, offset, timestamp, timestampType, key, value, headers } = membersOf(first);
  if (typeof topic !== 'string' || !Number.isSafeInteger(partition) || !Number.isSafeInteger(offset))
    return undefined;
  return {
    topic,
    topicId: undefined,
    partition: Number(partition),
    offset: Number(offset),
    timestamp: epochMsOf(Number(timestamp)),
    timestampType: timestampType === 'LOG_APPEND_TIME' ? 'LOG_APPEND_TIME' : 'CREATE_TIME',
    key: bytesIn(key),
    value: bytesIn(value),
    headers: Array.isArray(headers) ? headers.flatMap(headerIn) : [],
  };
};

const bytesIn = (text: unknown): Uint8Array | null =>
  typeof text === 'string' ? Buffer.from(text, 'base64') : null;

const headerIn = (header: unknown): readonly Header[] =>
  Object.entries(membersOf(header)).map(([name, bytes]) => ({
    name,
    // Header bytes are signed: Buffer.from takes each modulo 256.
    value: Buffer.from(Array.isArray(bytes) ? bytes.map(Number) : []),
  }));
