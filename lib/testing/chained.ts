import type { ResolvedContract } from '../core/contract/resolved.ts';
import { canonicalJson, digestOf } from '../core/digest.ts';
import { isFault, outputRecord, readChainedEnvelope } from '../core/envelope.ts';
import { identityText } from '../core/identity.ts';
import { bytesOf, type OutputRecord, type SourceRecord } from '../core/record.ts';
import { epochMsOf, type EpochMs } from '../core/units.ts';
import { Emission } from './emission.ts';
import { beginning } from './event.ts';

const madeOf = (
  data: unknown,
  index: number,
  type: 'vector' | 'decision',
  contract: ResolvedContract,
  flags: readonly string[],
): OutputRecord => {
  const body = canonicalJson(data);
  const identity = { source: '/given', id: `${type}-${index + 1}` };
  return outputRecord({
    pipeline: contract.pipeline,
    stage: type === 'vector' ? 'features' : 'inference',
    topic: '',
    key: bytesOf(identity.id),
    type,
    body,
    input: {
      identity,
      type: 'given',
      publishedAt: beginning,
      correlationId: identityText(identity),
      origin: { time: beginning, append: beginning, digest: digestOf(body) },
      expiry: epochMsOf(beginning + contract.deadlineMs),
      sequence: undefined,
      trace: { traceparent: undefined, tracestate: undefined },
      hops: [],
      flags: [],
    },
    index: type === 'vector' ? 0 : undefined,
    now: beginning,
    hop: { stage: 'given', appendMs: 0, receiveMs: 0, processMs: 0, externalMs: 0 },
    sequence: index + 1,
    flags,
    extensions: {},
  });
};

/** Records as an earlier stage would have written them: from what it really wrote, or from data alone. */
export const chainedRecords = (
  given: readonly unknown[],
  type: 'vector' | 'decision',
  contract: ResolvedContract,
  flags: readonly string[],
): readonly SourceRecord[] => {
  const topic = type === 'vector' ? contract.vectors : contract.decisions;
  return given.map((one, index): SourceRecord => {
    const { key, value, headers } =
      one instanceof Emission ? one.record : madeOf(one, index, type, contract, flags);
    const partition = index % topic.partitions;
    return {
      topic: topic.name,
      partition,
      offset: Math.floor(index / topic.partitions),
      timestamp: beginning,
      timestampType: 'LOG_APPEND_TIME',
      key,
      value,
      headers,
      listedUnder: `${topic.name}-${partition}`,
    };
  });
};

/** When the latest of their origins was published. */
export const publishedLast = (records: readonly SourceRecord[]): EpochMs =>
  epochMsOf(
    Math.max(
      beginning,
      ...records.map((record) => {
        const envelope = readChainedEnvelope(record);
        return isFault(envelope) ? beginning : envelope.origin.time;
      }),
    ),
  );
