import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Header } from '../../../lib/core/record.ts';
import { acked, logUnderTest, record, valuesOf, type EventLogSubject } from './event-log-subject.ts';

/** The appending half of the event log's suite. */
export const eventLogProduceSuite = (name: string, open: () => Promise<EventLogSubject>): void => {
  describe(`${name}: an event log: produce`, () => {
    const { log, subject, newTopic, readAll } = logUnderTest(open);

    it('puts a key on the partition that Kafka itself would choose', async () => {
      const topic = await newTopic({ partitions: 6 });
      // toPositive(murmur2(key)) % 6, murmur2 as in Kafka's UtilsTest.
      const known: readonly (readonly [string, number])[] = [
        ['21', 0],
        ['foobar', 0],
        ['a-little-bit-long-string', 2],
        ['a-little-bit-longer-string', 5],
        ['abc', 3],
      ];
      const results = acked(await log().produce(known.map(([key]) => record(topic, key, key))));
      expect(results.map(({ partition }) => partition)).toEqual(known.map(([, partition]) => partition));
    });

    it('numbers each partition without gaps, in the order given, and answers in that order', async () => {
      const topic = await newTopic({ partitions: 3 });
      const keys = Array.from({ length: 40 }, (_, index) => `key-${index % 7}`);
      const results = [
        ...acked(await log().produce(keys.slice(0, 25).map((key, index) => record(topic, key, `${index}`)))),
        ...acked(
          await log().produce(keys.slice(25).map((key, index) => record(topic, key, `${index + 25}`))),
        ),
      ];
      for (const { partition, end } of await log().offsets(topic)) {
        const mine = results.flatMap((result, index) =>
          result.partition === partition ? [{ offset: result.offset, value: `${index}` }] : [],
        );
        expect(mine.map(({ offset }) => offset)).toEqual(mine.map((_, index) => index));
        expect(end).toBe(mine.length);
        const read = await readAll(topic, partition);
        expect(read.map(({ offset }) => offset)).toEqual(mine.map(({ offset }) => offset));
        expect(valuesOf(read)).toEqual(mine.map(({ value }) => value));
      }
    });

    it('stamps records with the time of the append, as it says in its answer', async () => {
      const topic = await newTopic();
      const [first] = acked(await log().produce([record(topic, 'k', 'first')]));
      await subject().elapse(50);
      const [second] = acked(await log().produce([record(topic, 'k', 'second')]));
      if (!first || !second) throw new Error('two answers expected');
      expect(second.timestamp - first.timestamp).toBeGreaterThanOrEqual(50);
      expect((await readAll(topic)).map(({ timestamp }) => timestamp)).toEqual([
        first.timestamp,
        second.timestamp,
      ]);
    });

    it('keeps keys, values and headers byte for byte, headers in order with their repeated names', async () => {
      const topic = await newTopic();
      let next = 0;
      const bytes = fc.uint8Array({ maxLength: 40 });
      const header: fc.Arbitrary<Header> = fc.record({
        name: fc.constantFrom('ce_id', 'traceparent', 'x', 'ünï'),
        value: bytes,
      });
      const body = fc.record({
        key: fc.option(bytes),
        value: fc.option(bytes),
        headers: fc.array(header, { maxLength: 6 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(body, { minLength: 1, maxLength: 8 }), async (bodies) => {
          acked(await log().produce(bodies.map((one) => ({ topic, ...one }))));
          const read = await readAll(topic, 0, next);
          next += bodies.length;
          expect(
            read.map(({ key, value, headers }) => ({
              key: key && [...key],
              value: value && [...value],
              headers: headers.map((one) => [one.name, [...one.value]]),
            })),
          ).toEqual(
            bodies.map(({ key, value, headers }) => ({
              key: key && [...key],
              value: value && [...value],
              headers: headers.map((one) => [one.name, [...one.value]]),
            })),
          );
        }),
        { numRuns: 50 },
      );
    });

    it('tells empty bytes from none', async () => {
      const topic = await newTopic();
      acked(await log().produce([record(topic, '', ''), record(topic, null, null)]));
      const [empty, none] = await readAll(topic);
      expect([empty?.key?.length, empty?.value?.length]).toEqual([0, 0]);
      expect([none?.key, none?.value]).toEqual([null, null]);
    });

    it('refuses a record above the topic’s size alone', async () => {
      const topic = await newTopic({ maxRecordBytes: 1_000 });
      const results = await log().produce([
        record(topic, 'k', 'before'),
        record(topic, 'k', 'x'.repeat(2_000)),
        record(topic, 'k', 'after'),
      ]);
      expect(results.map(({ kind }) => kind)).toEqual(['acked', 'too-large', 'acked']);
      const refused = results[1];
      if (refused?.kind !== 'too-large') throw new Error('expected too-large');
      expect(refused.sizeBytes).toBeGreaterThan(2_000);
      expect(refused.limitBytes).toBe(1_000);
      expect((await readAll(topic)).map(({ offset }) => offset)).toEqual([0, 1]);
      expect(valuesOf(await readAll(topic))).toEqual(['before', 'after']);
    });

    it('fails a record for a topic that does not exist alone', async () => {
      const topic = await newTopic();
      const results = await log().produce([
        record('suite.log.missing', 'k', 'lost'),
        record(topic, 'k', 'kept'),
      ]);
      expect(results.map(({ kind }) => kind)).toEqual(['failed', 'acked']);
      expect(valuesOf(await readAll(topic))).toEqual(['kept']);
    });

    it('spreads records without a key over all partitions in the long run', async () => {
      const topic = await newTopic({ partitions: 3 });
      for (let call = 0; call < 60; call += 1) acked(await log().produce([record(topic, null, `${call}`)]));
      const ends = (await log().offsets(topic)).map(({ end }) => end);
      expect(ends.every((end) => end > 0)).toBe(true);
      expect(ends.reduce((sum, end) => sum + end, 0)).toBe(60);
    });

    it('answers nothing for nothing', async () => {
      expect(await log().produce([])).toEqual([]);
    });

    it('serves several connections at once, without gaps and each in its own order', async () => {
      const topic = await newTopic();
      const logs = [log(), await subject().another(), await subject().another()];
      await Promise.all(
        logs.map(async (one, writer) => {
          for (let batch = 0; batch < 10; batch += 1) {
            const numbers = Array.from({ length: 5 }, (_, index) => batch * 5 + index);
            acked(await one.produce(numbers.map((number) => record(topic, 'k', `${writer}:${number}`))));
          }
        }),
      );
      const read = await readAll(topic);
      expect(read.map(({ offset }) => offset)).toEqual(Array.from({ length: 150 }, (_, index) => index));
      for (const writer of [0, 1, 2]) {
        const mine = valuesOf(read).filter((value) => value?.startsWith(`${writer}:`));
        expect(mine).toEqual(Array.from({ length: 50 }, (_, index) => `${writer}:${index}`));
      }
    });
  });
};
