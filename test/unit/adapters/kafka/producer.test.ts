import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { KafkaProducer } from '../../../../lib/adapters/kafka/producer.ts';
import { TransientError } from '../../../../lib/core/errors.ts';
import type { ProduceResult } from '../../../../lib/core/ports/event-log.ts';
import { bytesOf, type OutputRecord } from '../../../../lib/core/record.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { FakeKafka, type BrokerFault } from '../../../support/fake-kafka.ts';

const record = (topic: string, key: string | null, value: string): OutputRecord => ({
  topic,
  key: key === null ? null : bytesOf(key),
  value: bytesOf(value),
  headers: [],
});

const producerOf = (kafka: FakeKafka, timeoutMs = 5_000): KafkaProducer =>
  new KafkaProducer(kafka, { clock: { now: () => epochMsOf(5) }, requestTimeoutMs: 1_000, timeoutMs });

const kinds = (results: readonly ProduceResult[]): readonly string[] => results.map(({ kind }) => kind);

/** Every time once: the first of these, then the next, then none. */
const tape = (...faults: readonly BrokerFault[]): (() => BrokerFault) => {
  const left = [...faults];
  return () => left.shift() ?? { kind: 'none' };
};

const NOT_LEADER = 6;
const TIMED_OUT = 7;
const TOO_LARGE = 10;
const UNAUTHORIZED = 29;
const DUPLICATE = 46;
const INVALID_RECORD = 87;

let kafka: FakeKafka;
beforeEach(() => {
  kafka = new FakeKafka();
  kafka.add('orders', 4);
  kafka.add('orders.dlq', 1);
});

describe('a produce call', () => {
  it('is one request to each broker, whatever the topics and keys', async () => {
    const records = Array.from({ length: 200 }, (_, index) =>
      record(index % 10 === 0 ? 'orders.dlq' : 'orders', `key-${index}`, `${index}`),
    );
    expect(new Set(kinds(await producerOf(kafka).produce(records)))).toEqual(new Set(['acked']));
    expect(kafka.produceRequests).toBe(2);
  });

  it('that comes while another is under way goes with the next, and nothing overtakes', async () => {
    const producer = producerOf(kafka);
    const calls = Array.from({ length: 20 }, (_, index) =>
      producer.produce([record('orders.dlq', 'k', `${index}`)]),
    );
    const offsets = (await Promise.all(calls))
      .flat()
      .map((result) => result.kind === 'acked' && result.offset);
    expect(offsets).toEqual(offsets.map((_, index) => index));
    expect(kafka.values('orders.dlq', 0)).toEqual(offsets.map((_, index) => `${index}`));
    expect(kafka.produceRequests).toBe(2);
  });

  it('keeps records without a key together', async () => {
    const [first, ...others] = await producerOf(kafka).produce(
      Array.from({ length: 20 }, (_, index) => record('orders', null, `${index}`)),
    );
    if (first?.kind !== 'acked') throw new Error('expected it to be acked');
    for (const other of others) expect(other).toMatchObject({ kind: 'acked', partition: first.partition });
  });

  it('answers with the time of the append, the producer’s where the topic leaves it to that', async () => {
    const producer = producerOf(kafka);
    expect(await producer.produce([record('orders', 'k', 'v')])).toMatchObject([{ timestamp: 7 }]);
  });
});

describe('a record', () => {
  it('above the limit fails alone, without being sent', async () => {
    kafka.add('small', 1, 200);
    const sizes = [10, 300, 10];
    const results = await producerOf(kafka).produce(
      sizes.map((size) => record('small', null, 'x'.repeat(size))),
    );
    expect(kinds(results)).toEqual(['acked', 'too-large', 'acked']);
    expect(results[1]).toMatchObject({ limitBytes: 200 });
    expect(kafka.produceRequests).toBe(1);
  });

  it('above a limit that has been raised since goes its way', async () => {
    kafka.add('small', 1, 200);
    const producer = producerOf(kafka);
    const large = record('small', null, 'x'.repeat(300));
    expect(kinds(await producer.produce([large]))).toEqual(['too-large']);
    kafka.add('small', 1, 400);
    expect(kinds(await producer.produce([large]))).toEqual(['acked']);
  });

  it('that is above the limit with its neighbours goes in a batch of its own', async () => {
    kafka.add('small', 1, 200);
    const values = Array.from({ length: 9 }, (_, index) => `${index}`.repeat(60));
    expect(
      kinds(await producerOf(kafka).produce(values.map((value) => record('small', 'k', value)))),
    ).toEqual(values.map(() => 'acked'));
    expect(kafka.values('small', 0)).toEqual(values);
  });

  it('above a limit that may not be read is found by the broker’s answer', async () => {
    kafka.add('small', 1, 200);
    kafka.isConfigurationOpen = false;
    const values = ['a', 'b', 'x'.repeat(300), 'c', 'd'];
    const results = await producerOf(kafka).produce(values.map((value) => record('small', 'k', value)));
    expect(kinds(results)).toEqual(['acked', 'acked', 'too-large', 'acked', 'acked']);
    expect(kafka.values('small', 0)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('that the broker never takes is found by halves', async () => {
    const producer = producerOf(kafka);
    const invalid = { kind: 'refused', code: INVALID_RECORD } as const;
    // The whole of five, then its first three, then two, then one.
    kafka.fault = (of) => (of === 'request' ? { kind: 'none' } : faults());
    const faults = tape(invalid, invalid, invalid, invalid);
    const results = await producer.produce(
      ['a', 'b', 'c', 'd', 'e'].map((value) => record('orders.dlq', null, value)),
    );
    expect(kinds(results)).toEqual(['failed', 'acked', 'acked', 'acked', 'acked']);
    expect(kafka.values('orders.dlq', 0)).toEqual(['b', 'c', 'd', 'e']);
  });

  it.each([
    ['of a topic that does not exist', 'missing', undefined],
    ['of a topic that may not be written', 'orders.dlq', UNAUTHORIZED],
    ['that is a duplicate whose place is forgotten', 'orders.dlq', DUPLICATE],
  ])('%s fails alone', async (_, topic, code) => {
    const faults = tape({ kind: 'none' }, { kind: 'refused', code: code ?? 0 });
    if (code !== undefined) kafka.fault = (of) => (of === 'request' ? { kind: 'none' } : faults());
    const results = await producerOf(kafka).produce([
      record('orders', 'k', 'kept'),
      record(topic, 'k', 'lost'),
    ]);
    expect(kinds(results)).toEqual(['acked', 'failed']);
    const failed = results[1];
    expect(failed?.kind === 'failed' && failed.cause).toBeInstanceOf(TransientError);
    expect(failed?.kind === 'failed' && String(failed.cause)).toContain(topic);
  });

  it('fails once there is no more time, and what follows it on its partition too', async () => {
    kafka.add('small', 1, 200);
    kafka.fault = () => ({ kind: 'request-lost' });
    const values = Array.from({ length: 5 }, (_, index) => `${index}`.repeat(80));
    const results = await producerOf(kafka, 10).produce(values.map((value) => record('small', 'k', value)));
    expect(kinds(results)).toEqual(values.map(() => 'failed'));
    kafka.fault = () => ({ kind: 'none' });
    expect(kafka.values('small', 0)).toEqual([]);
  });
});

describe('after a call that was given up unanswered', () => {
  it.each(['request-lost', 'answer-lost'] as const)('(%s) the next goes through', async (kind) => {
    const producer = producerOf(kafka, 10);
    kafka.fault = (of) => ({ kind: of === 'request' ? kind : 'none' });
    expect(kinds(await producer.produce([record('orders.dlq', 'k', 'doubtful')]))).toEqual(['failed']);
    kafka.fault = () => ({ kind: 'none' });
    expect(kinds(await producer.produce([record('orders.dlq', 'k', 'next')]))).toEqual(['acked']);
    const expected = kind === 'answer-lost' ? ['doubtful', 'next'] : ['next'];
    expect(kafka.values('orders.dlq', 0)).toEqual(expected);
  });
});

it('a batch that is in the log, though nobody knows, is not taken for the next one', async () => {
  const producer = producerOf(kafka);
  const appended = { kind: 'appended', code: TIMED_OUT } as const;
  const faults = tape(appended, { kind: 'refused', code: INVALID_RECORD });
  kafka.fault = (of) => (of === 'request' ? { kind: 'none' } : faults());
  expect(kinds(await producer.produce([record('orders.dlq', 'k', 'doubtful')]))).toEqual(['failed']);
  const next = await producer.produce([record('orders.dlq', 'k', 'next')]);
  expect(next).toMatchObject([{ kind: 'acked', offset: 1 }]);
  expect(kafka.values('orders.dlq', 0)).toEqual(['doubtful', 'next']);
});

const fault: fc.Arbitrary<BrokerFault> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: 'none' } as const) },
  fc.constantFrom(
    { kind: 'request-lost' },
    { kind: 'answer-lost' },
    { kind: 'refused', code: NOT_LEADER },
    { kind: 'refused', code: TOO_LARGE },
    { kind: 'refused', code: INVALID_RECORD },
    { kind: 'appended', code: TIMED_OUT },
    { kind: 'forgets' },
  ),
);

describe('under any faults of the broker', () => {
  it('every record is in the log once where it was acked, never twice, and in the order given', async () => {
    const call = fc.array(
      fc.record({
        topic: fc.constantFrom('orders', 'orders.dlq', 'small', 'missing'),
        key: fc.constantFrom('a', 'b', 'c', 'd', null),
        padding: fc.constantFrom(0, 0, 100, 400),
      }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { maxLength: 4 }),
        fc.array(fault, { maxLength: 25 }),
        async (calls, faults) => {
          const broker = new FakeKafka();
          broker.add('orders', 4);
          broker.add('orders.dlq', 1);
          broker.add('small', 1, 300);
          broker.fault = tape(...faults);
          const producer = producerOf(broker);
          let made = 0;
          const sent = calls.map((records) =>
            records.map(({ topic, key, padding }) => {
              made += 1;
              return record(topic, key, `${made}:${'x'.repeat(padding)}`);
            }),
          );
          const results = await Promise.all(sent.map((records) => producer.produce(records)));
          const placed = new Map<string, number[]>();
          sent.flat().forEach(({ topic, value }, index) => {
            const result = results.flat()[index];
            const text = Buffer.from(value ?? []).toString();
            const everywhere = [0, 1, 2, 3].flatMap((partition) => broker.values(topic, partition));
            const copies = everywhere.filter((other) => other === text).length;
            expect(copies, text).toBeLessThanOrEqual(1);
            if (result?.kind !== 'acked') return;
            expect(broker.values(topic, result.partition)[result.offset]).toBe(text);
            const place = `${topic}-${result.partition}`;
            placed.set(place, [...(placed.get(place) ?? []), result.offset]);
          });
          for (const offsets of placed.values())
            expect(offsets).toEqual(offsets.toSorted((one, other) => one - other));
        },
      ),
      { numRuns: 300 },
    );
  });
});
