import { deadLettersIn, topicIn } from '../../lib/core/contract/resolved.ts';
import { digestOf } from '../../lib/core/digest.ts';
import { outputRecord, type Extensions } from '../../lib/core/envelope.ts';
import type { Batch, Invocation, Redrive } from '../../lib/core/ports/stage-ports.ts';
import {
  bytesOf,
  lastHeader,
  textOf,
  type Header,
  type OutputRecord,
  type SourceRecord,
} from '../../lib/core/record.ts';
import { epochMsOf, toIso, type EpochMs } from '../../lib/core/units.ts';
import { tinyContract } from './tiny-contract.ts';

/** Start of every batch of these tests. */
export const NOW = epochMsOf(Date.parse('2026-03-01T12:00:00Z'));

export const environment = 'test';

const contract = tinyContract();
export const topics = {
  source: topicIn(environment, contract.source),
  vectors: topicIn(environment, contract.vectors),
  decisions: topicIn(environment, contract.decisions),
  outcomes: topicIn(environment, contract.outcomes),
  sourceLetters: deadLettersIn(environment, contract.source),
  vectorLetters: deadLettersIn(environment, contract.vectors),
  decisionLetters: deadLettersIn(environment, contract.decisions),
};

export const headersOf = (texts: Readonly<Record<string, string>>): readonly Header[] =>
  Object.entries(texts).map(([name, text]) => ({ name, value: bytesOf(text) }));

export const headerOf = ({ headers }: Pick<OutputRecord, 'headers'>, name: string): string | undefined => {
  const value = lastHeader(headers, name);
  return value && textOf(value);
};

export const bodyOf = ({ value }: Pick<OutputRecord, 'value'>): unknown =>
  value === null ? null : JSON.parse(textOf(value));

/** A record as it arrives, appended 100 ms before {@link NOW}. */
export const arriving = (offset: number, more: Partial<SourceRecord> = {}): SourceRecord => ({
  topic: topics.source,
  partition: 0,
  offset,
  timestamp: epochMsOf(NOW - 100),
  timestampType: 'LOG_APPEND_TIME',
  key: bytesOf('a'),
  value: null,
  headers: [],
  listedUnder: `${more.topic ?? topics.source}-${more.partition ?? 0}`,
  ...more,
});

/** A reading of sensor `a`, published 150 ms before {@link NOW}. */
export const reading = (
  offset: number,
  {
    id = `e${offset}`,
    sensor = 'a',
    value = 1,
    at = toIso(NOW),
    ...more
  }: Partial<Omit<SourceRecord, 'value'>> & {
    readonly id?: string;
    readonly sensor?: string;
    readonly value?: number;
    readonly at?: string;
  } = {},
): SourceRecord =>
  arriving(offset, {
    key: bytesOf(sensor),
    value: bytesOf(JSON.stringify({ sensor, at, value })),
    headers: headersOf({
      ce_source: '/plant',
      ce_id: id,
      ce_type: 'read',
      ce_time: toIso(epochMsOf(NOW - 150)),
    }),
    ...more,
  });

export interface ChainedParts {
  readonly id?: string;
  readonly body?: unknown;
  /** Of the origin's value: another one under the same id is a conflict. */
  readonly payload?: string;
  readonly originAppend?: EpochMs;
  readonly expiry?: EpochMs;
  readonly flags?: readonly string[];
  readonly extensions?: Extensions;
}

const chained = (
  stage: 'features' | 'inference',
  offset: number,
  defaultBody: unknown,
  {
    id = `e${offset}`,
    body = defaultBody,
    payload = 'p',
    flags = [],
    extensions = {},
    ...times
  }: ChainedParts,
): SourceRecord => {
  const { topic, key, value, headers } = outputRecord({
    pipeline: contract.pipeline,
    stage,
    topic: stage === 'features' ? topics.vectors : topics.decisions,
    key: bytesOf('a'),
    type: stage === 'features' ? 'vector' : 'decision',
    body: JSON.stringify(body),
    input: {
      identity: { source: '/plant', id },
      type: 'read',
      publishedAt: epochMsOf(NOW - 150),
      correlationId: `/plant#${id}`,
      origin: {
        time: epochMsOf(NOW - 500),
        append: times.originAppend ?? epochMsOf(NOW - 450),
        digest: digestOf(payload),
      },
      expiry: times.expiry ?? epochMsOf(NOW + 60_000),
      sequence: 1,
      trace: { traceparent: undefined, tracestate: undefined },
      hops: [],
      flags: [],
    },
    index: undefined,
    now: epochMsOf(NOW - 150),
    hop: { stage, appendMs: 1, receiveMs: 2, processMs: 3, externalMs: 0 },
    sequence: 1,
    flags,
    extensions,
  });
  return arriving(offset, { topic, key, value, headers });
};

export const vector = (offset: number, parts: ChainedParts = {}): SourceRecord =>
  chained('features', offset, { mean: 1 }, parts);

export const decision = (offset: number, parts: ChainedParts = {}): SourceRecord =>
  chained('inference', offset, { warn: true }, parts);

export const batchOf = (
  records: readonly SourceRecord[],
  {
    now = NOW,
    redrive,
    ...invocation
  }: Partial<Invocation> & { readonly now?: EpochMs; readonly redrive?: Partial<Redrive> } = {},
): Batch => ({
  records,
  invocation: {
    id: 'invocation-1',
    receivedAt: now,
    deadline: epochMsOf(now + 30_000),
    response: 'partial',
    environment,
    ...invocation,
  },
  ...(redrive === undefined
    ? {}
    : { redrive: { number: 1, pastDeadline: false, topicId: 'id-of-source', ...redrive } }),
});
