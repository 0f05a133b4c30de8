import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isFault,
  outputRecord,
  readChainedEnvelope,
  traceOf,
  type Envelope,
  type OutputParts,
} from '../../../lib/core/envelope.ts';
import { bytesOf, type Header } from '../../../lib/core/record.ts';
import { traceparentOf } from '../../../lib/core/trace.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { headerOf, headersOf } from '../../support/stage-records.ts';
import { unicodeText } from '../../support/unicode-text.ts';

const incomingTrace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
const input: Envelope = {
  identity: { source: '/shop', id: '7' },
  type: 'placed',
  publishedAt: epochMsOf(1_000),
  correlationId: '/shop#7',
  origin: { time: epochMsOf(1_000), append: epochMsOf(1_040), digest: 'd1' },
  expiry: epochMsOf(61_000),
  sequence: undefined,
  trace: { traceparent: undefined, tracestate: undefined },
  hops: [],
  flags: [],
};

const parts: OutputParts = {
  pipeline: 'orders',
  stage: 'features',
  topic: 'orders.vector',
  key: bytesOf('k'),
  type: 'vector',
  body: '{"n":1}',
  input,
  index: 0,
  now: epochMsOf(2_000),
  hop: { stage: 'features', appendMs: 40, receiveMs: 5, processMs: 7, externalMs: 0 },
  sequence: 3,
  flags: [],
  extensions: { rowversion: 3, nothing: undefined },
};

const read = (record: { readonly headers: readonly Header[] }): Envelope => {
  const envelope = readChainedEnvelope(record);
  if (isFault(envelope)) throw new Error(`${envelope.missing} is missing`);
  return envelope;
};

describe('the envelope of an output', () => {
  it('is CloudEvents in binary mode, with what travels along the chain', () => {
    const { headers, ...record } = outputRecord(parts);
    expect(record).toEqual({ topic: 'orders.vector', key: bytesOf('k'), value: bytesOf('{"n":1}') });
    const said = Object.fromEntries(headers.map(({ name }) => [name, headerOf({ headers }, name)]));
    expect(said).toEqual({
      ce_specversion: '1.0',
      ce_id: '5:/shop1:76:placed1:0',
      ce_source: '/freshet/orders/features',
      ce_type: 'vector',
      ce_time: '1970-01-01T00:00:02.000Z',
      'content-type': 'application/json',
      ce_correlationid: '/shop#7',
      ce_causationid: '/shop#7',
      ce_origintime: '1970-01-01T00:00:01.000Z',
      ce_originappend: '1970-01-01T00:00:01.040Z',
      ce_origindigest: 'd1',
      ce_expirytime: '1970-01-01T00:01:01.000Z',
      ce_sequence: '3',
      ce_hops: 'features:40:5:7:0',
      ce_rowversion: '3',
      traceparent: expect.stringMatching(/^00-[\da-f]{32}-[\da-f]{16}-01$/) as string,
    });
  });

  it('is read by the next stage as it was written', () => {
    fc.assert(
      fc.property(
        fc.record({
          correlationId: unicodeText({ minLength: 1 }),
          digest: fc.string({ minLength: 1 }),
          times: fc.tuple(fc.nat(4e12), fc.nat(4e12), fc.nat(4e12)),
          hops: fc.array(fc.tuple(fc.integer(), fc.integer(), fc.nat(), fc.nat()), { maxLength: 3 }),
          state: fc.constantFrom(undefined, 'vendor=a1'),
          flags: fc.uniqueArray(fc.constantFrom('late', 'climate:stale', 'climate:missing')),
        }),
        ({ correlationId, digest, times: [time, append, expiry], hops, flags, state }) => {
          const from: Envelope = {
            ...input,
            trace: { traceparent: incomingTrace, tracestate: state },
            correlationId,
            origin: { time: epochMsOf(time), append: epochMsOf(append), digest },
            expiry: epochMsOf(expiry),
            hops: hops.map(([appendMs, receiveMs, processMs, externalMs]) => ({
              stage: 's',
              appendMs,
              receiveMs,
              processMs,
              externalMs,
            })),
          };
          const envelope = read(outputRecord({ ...parts, input: from, flags }));
          expect(envelope).toEqual({
            identity: { source: '/freshet/orders/features', id: '5:/shop1:76:placed1:0' },
            type: 'vector',
            publishedAt: 2_000,
            correlationId,
            origin: from.origin,
            expiry: from.expiry,
            sequence: 3,
            trace: { traceparent: expect.any(String) as string, tracestate: state },
            hops: [...from.hops, parts.hop],
            flags,
          });
        },
      ),
    );
  });

  it('keeps id and correlation through later stages, and names what it was made from', () => {
    const vector = read(outputRecord(parts));
    const decision = outputRecord({
      ...parts,
      stage: 'inference',
      type: 'decision',
      input: vector,
      index: undefined,
    });
    expect(headerOf(decision, 'ce_id')).toBe(vector.identity.id);
    expect(headerOf(decision, 'ce_source')).toBe('/freshet/orders/inference');
    expect(headerOf(decision, 'ce_correlationid')).toBe('/shop#7');
    expect(headerOf(decision, 'ce_causationid')).toBe('/freshet/orders/features#5:/shop1:76:placed1:0');
    expect(headerOf(decision, 'ce_hops')).toBe('features:40:5:7:0,features:40:5:7:0');
  });

  it('is the same bytes for the same parts', () => {
    expect(outputRecord(parts)).toEqual(outputRecord(parts));
  });
});

describe('a record that should have an envelope', () => {
  const whole = outputRecord(parts).headers;
  const required = [
    'ce_source',
    'ce_id',
    'ce_type',
    'ce_time',
    'ce_origintime',
    'ce_originappend',
    'ce_origindigest',
    'ce_expirytime',
    'ce_correlationid',
  ];

  it.each(required)('says that %s is missing', (name) => {
    expect(readChainedEnvelope({ headers: whole.filter((header) => header.name !== name) })).toEqual({
      missing: name,
    });
  });

  it.each(['ce_time', 'ce_origintime', 'ce_originappend', 'ce_expirytime'])(
    'says that %s is no time',
    (name) => {
      for (const text of ['yesterday', '', '2026-01-01', '2026-01-01T00:00:00'])
        expect(readChainedEnvelope({ headers: [...whole, ...headersOf({ [name]: text })] })).toEqual({
          missing: name,
        });
    },
  );

  it('says that a header of other bytes than UTF-8 is missing', () => {
    const headers = [...whole, { name: 'ce_id', value: Uint8Array.of(0xff) }];
    expect(readChainedEnvelope({ headers })).toEqual({ missing: 'ce_id' });
  });

  it('may do without the rest', () => {
    const headers = whole.filter(({ name }) => required.includes(name));
    expect(read({ headers })).toMatchObject({
      sequence: undefined,
      trace: { traceparent: undefined, tracestate: undefined },
      hops: [],
      flags: [],
    });
  });

  it('is believed in its last header of a name', () => {
    expect(read({ headers: [...whole, ...headersOf({ ce_id: 'last' })] }).identity.id).toBe('last');
  });

  it('tells identities apart that differ by a byte-order mark', () => {
    const idOf = (id: string): string =>
      read({ headers: [...whole, ...headersOf({ ce_id: id })] }).identity.id;
    expect([idOf('\uFEFFa'), idOf('a')]).toEqual(['\uFEFFa', 'a']);
  });
});

describe('traceparent', () => {
  const given = incomingTrace;

  it('is read from the plain header, else from the extension', () => {
    expect(traceOf(headersOf({ ce_traceparent: 'b' })).traceparent).toBe('b');
    expect(traceOf(headersOf({ traceparent: 'a', ce_traceparent: 'b' })).traceparent).toBe('a');
    expect(traceOf([]).traceparent).toBe(undefined);
  });

  it('goes on in the trace it came in, with its flags and a span of its own', () => {
    const next = traceparentOf(given, 'c', 'span');
    expect(next).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[\da-f]{16}-00$/);
    expect(next).not.toContain('b7ad6b7169203331');
    expect(traceparentOf(given, 'c', 'other')).not.toBe(next);
  });

  it.each(['', 'nonsense', `${given}-extra`, given.toUpperCase()])(
    'begins one of the correlation id after "%s"',
    (bad) => {
      expect(traceparentOf(bad, 'c', 'span')).toBe(traceparentOf(undefined, 'c', 'span'));
      expect(traceparentOf(bad, 'other', 'span')).not.toBe(traceparentOf(undefined, 'c', 'span'));
    },
  );

  it('takes its state along where it is one, and can be carried', () => {
    const stateOf = (headers: Readonly<Record<string, string>>): string | undefined =>
      traceOf(headersOf(headers)).tracestate;
    expect(stateOf({ traceparent: given, tracestate: 'a=1,b=2' })).toBe('a=1,b=2');
    expect(stateOf({ ce_traceparent: given, ce_tracestate: 'a=1' })).toBe('a=1');
    // The extension's state belongs to the extension's parent.
    expect(stateOf({ traceparent: given, ce_tracestate: 'a=1' })).toBe(undefined);
    expect(stateOf({ tracestate: 'a=1' })).toBe(undefined);
    expect(stateOf({ traceparent: 'nonsense', tracestate: 'a=1' })).toBe(undefined);
    expect(stateOf({ traceparent: given, tracestate: `a=${'1'.repeat(510)}` })).toHaveLength(512);
    expect(stateOf({ traceparent: given, tracestate: `a=${'1'.repeat(511)}` })).toBe(undefined);
    expect(stateOf({ traceparent: given, tracestate: 'a=\u0001' })).toBe(undefined);
  });

  it('is derived: emitted again, it is the same', () => {
    expect(traceparentOf(given, 'c', 'span')).toBe(traceparentOf(given, 'c', 'span'));
  });
});
