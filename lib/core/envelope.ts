/**
 * CloudEvents 1.0 in Kafka's binary mode, with the extensions that Freshet carries along the chain.
 *
 * @see CloudEvents, "Kafka Protocol Binding", and the extensions `correlationid causationid expirytime sequence`
 */
import { identityText, outputId, outputSource, type Identity } from './identity.ts';
import {
  bytesOf,
  lastHeader,
  strictTextOf,
  textOf,
  type Header,
  type OutputRecord,
  type SourceRecord,
} from './record.ts';
import { traceContext, traceparentOf, type TraceContext } from './trace.ts';
import { parseInstant, toIso, type EpochMs } from './units.ts';

/** Time a record spent in one stage, ms, in the order of the chain. */
export interface Hop {
  readonly stage: string;
  readonly appendMs: number;
  readonly receiveMs: number;
  readonly processMs: number;
  readonly externalMs: number;
}

/** The event that a chain began with. */
export interface Origin {
  /** When it was published (`ce_time`): freshness counts from here. */
  readonly time: EpochMs;
  /** When the broker appended it: the horizon counts from here. */
  readonly append: EpochMs;
  /** SHA-256 of its raw value: the same identity with another digest is a conflict. */
  readonly digest: string;
}

export interface Envelope {
  readonly identity: Identity;
  readonly type: string;
  readonly publishedAt: EpochMs;
  readonly correlationId: string;
  readonly origin: Origin;
  readonly expiry: EpochMs;
  /** Number of events folded into the entity; `undefined` before the first stage. */
  readonly sequence: number | undefined;
  readonly trace: TraceContext;
  readonly hops: readonly Hop[];
  /** What is wrong with what this was made from, such as `weather:missing` or `late`. */
  readonly flags: readonly string[];
}

/** Members of the envelope a stage adds to its outputs, by CloudEvents extension name. */
export type Extensions = Readonly<Record<string, string | number | undefined>>;

export const ceHeader = (headers: readonly Header[], name: string): string | undefined => {
  const value = lastHeader(headers, `ce_${name}`);
  return value === undefined ? undefined : strictTextOf(value);
};

/** The trace a record belongs to: the plain headers, or else the CloudEvents extension. */
export const traceOf = (headers: readonly Header[]): TraceContext => {
  const plain = lastHeader(headers, 'traceparent');
  if (plain === undefined)
    return traceContext(ceHeader(headers, 'traceparent'), ceHeader(headers, 'tracestate'));
  const state = lastHeader(headers, 'tracestate');
  return traceContext(textOf(plain), state && textOf(state));
};

const hopText = (hop: Hop): string =>
  [hop.stage, hop.appendMs, hop.receiveMs, hop.processMs, hop.externalMs].join(':');

const parseHops = (text: string | undefined): readonly Hop[] =>
  (text ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [stage = '', appendMs, receiveMs, processMs, externalMs] = part.split(':');
      return {
        stage,
        appendMs: Number(appendMs),
        receiveMs: Number(receiveMs),
        processMs: Number(processMs),
        externalMs: Number(externalMs),
      };
    });

const list = (text: string | undefined): readonly string[] =>
  (text ?? '').split(',').filter((part) => part !== '');

/** What a record of the chain must carry and does not. */
export interface EnvelopeFault {
  readonly missing: string;
}

/**
 * Reads the envelope of a record that a stage of this pipeline wrote.
 *
 * @returns the envelope, or the first header that is missing or malformed
 */
export const readChainedEnvelope = (record: Pick<SourceRecord, 'headers'>): Envelope | EnvelopeFault => {
  const text = (name: string): string | undefined => ceHeader(record.headers, name);
  const instant = (name: string): EpochMs | undefined => parseInstant(text(name) ?? '');
  const source = text('source');
  const id = text('id');
  const type = text('type');
  const time = instant('origintime');
  const append = instant('originappend');
  const digest = text('origindigest');
  const expiry = instant('expirytime');
  const publishedAt = instant('time');
  const correlationId = text('correlationid');
  const sequence = text('sequence');
  if (source === undefined) return { missing: 'ce_source' };
  if (id === undefined) return { missing: 'ce_id' };
  if (type === undefined) return { missing: 'ce_type' };
  if (publishedAt === undefined) return { missing: 'ce_time' };
  if (time === undefined) return { missing: 'ce_origintime' };
  if (append === undefined) return { missing: 'ce_originappend' };
  if (digest === undefined) return { missing: 'ce_origindigest' };
  if (expiry === undefined) return { missing: 'ce_expirytime' };
  if (correlationId === undefined) return { missing: 'ce_correlationid' };
  return {
    identity: { source, id },
    type,
    publishedAt,
    correlationId,
    origin: { time, append, digest },
    expiry,
    sequence: sequence === undefined ? undefined : Number(sequence),
    trace: traceOf(record.headers),
    hops: parseHops(text('hops')),
    flags: list(text('flags')),
  };
};

export const isFault = (read: Envelope | EnvelopeFault): read is EnvelopeFault => 'missing' in read;

/** What an output is made of. */
export interface OutputParts {
  readonly pipeline: string;
  readonly stage: string;
  readonly topic: string;
  readonly key: Uint8Array | null;
  readonly type: string;
  readonly body: string;
  readonly input: Envelope;
  /** In the first stage an output's id is made of the origin and its index; later stages keep the id they were given. */
  readonly index: number | undefined;
  readonly now: EpochMs;
  readonly hop: Hop;
  readonly sequence: number | undefined;
  readonly flags: readonly string[];
  readonly extensions: Extensions;
}

/** Builds an output record with its whole envelope. */
export const outputRecord = (parts: OutputParts): OutputRecord => {
  const { input } = parts;
  const id =
    parts.index === undefined
      ? input.identity.id
      : outputId({ ...input.identity, type: input.type }, parts.index);
  const source = outputSource(parts.pipeline, parts.stage);
  const members: Record<string, string | number | undefined> = {
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: source,
    ce_type: parts.type,
    ce_time: toIso(parts.now),
    'content-type': 'application/json',
    ce_correlationid: input.correlationId,
    ce_causationid: identityText(input.identity),
    ce_origintime: toIso(input.origin.time),
    ce_originappend: toIso(input.origin.append),
    ce_origindigest: input.origin.digest,
    ce_expirytime: toIso(input.expiry),
    ce_sequence: parts.sequence,
    ce_hops: [...input.hops, parts.hop].map(hopText).join(','),
    ce_flags: parts.flags.length === 0 ? undefined : parts.flags.join(','),
    traceparent: traceparentOf(input.trace.traceparent, input.correlationId, `${source}#${id}`),
    tracestate: input.trace.tracestate,
  };
  for (const [name, value] of Object.entries(parts.extensions)) members[`ce_${name}`] = value;
  const headers: Header[] = [];
  for (const [name, value] of Object.entries(members))
    if (value !== undefined) headers.push({ name, value: bytesOf(String(value)) });
  return { topic: parts.topic, key: parts.key, value: bytesOf(parts.body), headers };
};
