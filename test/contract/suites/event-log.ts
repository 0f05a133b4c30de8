import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventLog, LoggedRecord, ProduceResult } from '../../../lib/core/ports/event-log.ts';
import { bytesOf, textOf, type Header, type OutputRecord } from '../../../lib/core/record.ts';
import { epochMsOf } from '../../../lib/core/units.ts';

/** A log under test. Topics of other suites may stand in it. */
export interface EventLogSubject {
  readonly log: EventLog;
  /** A second connection to the same log. */
  another(): Promise<EventLog>;
  /** Lets time pass on the log's own clock, and no less than that. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;

const record = (topic: string, key: string | null, value: string | null): OutputRecord => ({
  topic,
  key: key === null ? null : bytesOf(key),
  value: value === null ? null : bytesOf(value),
  headers: [],
});

const acked = (results: readonly ProduceResult[]): readonly (ProduceResult & { kind: 'acked' })[] =>
  results.map((result) => {
    if (result.kind !== 'acked') throw new Error(`expected every record to be acked, got ${result.kind}`);
    return result;
  });

const valuesOf = (records: readonly LoggedRecord[]): readonly (string | null)[] =>
  records.map(({ value }) => value && textOf(value));

/** What every event log must do, embedded or real. */
export const eventLogSuite = (name: string, open: () => Promise<EventLogSubject>): void => {
  describe(`${name}: an event log`, () => {
    let subject: EventLogSubject;
    let log: EventLog;
    let made = 0;
    beforeAll(async () => {
      subject = await open();
      log = subject.log;
    });
    afterAll(() => subject.close());

    const settings = { partitions: 1, retentionMs: 7 * DAY_MS, maxRecordBytes: 100_000 };
    const newTopic = async (options: Partial<typeof settings> = {}): Promise<string> => {
      made += 1;
      const topic = `suite.log.topic-${made}`;
      await log.createTopics([{ name: topic, ...settings, ...options }]);
      return topic;
    };
    const readAll = (topic: string, partition = 0, from = 0): Promise<readonly LoggedRecord[]> =>
      log.read({ topic, partition, from, maxRecords: 10_000, maxBytes: 10_000_000 });

    describe('topics', () => {
      it('describes and lists what was created', async () => {
        const topic = await newTopic({ partitions: 3, retentionMs: DAY_MS, maxRecordBytes: 2_000 });
        const expected = {
          name: topic,
          id: expect.stringMatching(/./) as string,
          partitions: 3,
          retentionMs: DAY_MS,
          maxRecordBytes: 2_000,
        };
        expect(await log.describe(topic)).toEqual(expected);
        expect(await log.listTopics()).toContainEqual(expected);
      });

      it('leaves an existing topic as it is when it is created again', async () => {
        const topic = await newTopic({ partitions: 2 });
        const before = await log.describe(topic);
        await log.produce([record(topic, 'k', 'kept')]);
        await log.createTopics([{ name: topic, ...settings, partitions: 5, retentionMs: 1 }]);
        expect(await log.describe(topic)).toEqual(before);
        expect((await log.offsets(topic)).reduce((sum, { end }) => sum + end, 0)).toBe(1);
      });

      it('answers topic ids in the order asked, undefined where there is no such topic', async () => {
        const first = await newTopic();
        const second = await newTopic();
        const [secondId, none, firstId] = await log.topicIds([second, 'suite.log.missing', first]);
        expect(none).toBeUndefined();
        expect(firstId).toBe((await log.describe(first))?.id);
        expect(secondId).toBe((await log.describe(second))?.id);
        expect(firstId).not.toBe(secondId);
      });

      it('gives a topic that is created again another id and nothing of the old one', async () => {
        const topic = await newTopic();
        await log.produce([record(topic, 'k', 'old'), record(topic, 'k', 'older')]);
        const [before] = await log.topicIds([topic]);
        await log.deleteTopic(topic);
        expect(await log.topicIds([topic])).toEqual([undefined]);
        await log.createTopics([{ name: topic, ...settings }]);
        const [after] = await log.topicIds([topic]);
        expect(after).toBeTypeOf('string');
        expect(after).not.toBe(before);
        expect(await readAll(topic)).toEqual([]);
        expect(acked(await log.produce([record(topic, 'k', 'new')]))[0]?.offset).toBe(0);
        expect(valuesOf(await readAll(topic))).toEqual(['new']);
      });

      it('has nothing for a topic that does not exist', async () => {
        const missing = 'suite.log.missing';
        await log.deleteTopic(missing);
        expect(await log.describe(missing)).toBeUndefined();
        expect(await readAll(missing)).toEqual([]);
        expect(await log.offsets(missing)).toEqual([]);
        expect(await log.offsetsAt(missing, epochMsOf(0))).toEqual([]);
      });
    });

    describe('produce', () => {
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
        const results = acked(await log.produce(known.map(([key]) => record(topic, key, key))));
        expect(results.map(({ partition }) => partition)).toEqual(known.map(([, partition]) => partition));
      });

      it('numbers each partition without gaps, in the order given, and answers in that order', async () => {
        const topic = await newTopic({ partitions: 3 });
        const keys = Array.from({ length: 40 }, (_, index) => `key-${index % 7}`);
        const results = [
          ...acked(await log.produce(keys.slice(0, 25).map((key, index) => record(topic, key, `${index}`)))),
          ...acked(
            await log.produce(keys.slice(25).map((key, index) => record(topic, key, `${index + 25}`))),
          ),
        ];
        for (const { partition, end } of await log.offsets(topic)) {
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
        const [first] = acked(await log.produce([record(topic, 'k', 'first')]));
        await subject.elapse(50);
        const [second] = acked(await log.produce([record(topic, 'k', 'second')]));
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
            acked(await log.produce(bodies.map((one) => ({ topic, ...one }))));
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
        acked(await log.produce([record(topic, '', ''), record(topic, null, null)]));
        const [empty, none] = await readAll(topic);
        expect([empty?.key?.length, empty?.value?.length]).toEqual([0, 0]);
        expect([none?.key, none?.value]).toEqual([null, null]);
      });

      it('refuses a record above the topic’s size alone', async () => {
        const topic = await newTopic({ maxRecordBytes: 1_000 });
        const results = await log.produce([
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
        const results = await log.produce([
          record('suite.log.missing', 'k', 'lost'),
          record(topic, 'k', 'kept'),
        ]);
        expect(results.map(({ kind }) => kind)).toEqual(['failed', 'acked']);
        expect(valuesOf(await readAll(topic))).toEqual(['kept']);
      });

      it('spreads records without a key over all partitions in the long run', async () => {
        const topic = await newTopic({ partitions: 3 });
        for (let call = 0; call < 60; call += 1) acked(await log.produce([record(topic, null, `${call}`)]));
        const ends = (await log.offsets(topic)).map(({ end }) => end);
        expect(ends.every((end) => end > 0)).toBe(true);
        expect(ends.reduce((sum, end) => sum + end, 0)).toBe(60);
      });

      it('answers nothing for nothing', async () => {
        expect(await log.produce([])).toEqual([]);
      });

      it('serves several connections at once, without gaps and each in its own order', async () => {
        const topic = await newTopic();
        const logs = [log, await subject.another(), await subject.another()];
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

    describe('read', () => {
      const tenRecords = async (): Promise<string> => {
        const topic = await newTopic();
        const values = Array.from({ length: 10 }, (_, index) => `${index}`.repeat(100));
        acked(await log.produce(values.map((value) => record(topic, 'k', value))));
        return topic;
      };
      const offsetsOf = (records: readonly LoggedRecord[]): readonly number[] =>
        records.map(({ offset }) => offset);

      it('begins where it is told and ends at the number of records wanted', async () => {
        const topic = await tenRecords();
        const range = { topic, partition: 0, from: 4, maxRecords: 3, maxBytes: 100_000 };
        const read = await log.read(range);
        expect(offsetsOf(read)).toEqual([4, 5, 6]);
        expect(read[0]).toMatchObject({ topic, partition: 0 });
        expect(valuesOf(read)[0]).toBe('4'.repeat(100));
      });

      it('ends at the bytes wanted, but answers at least one record', async () => {
        const topic = await tenRecords();
        const range = { topic, partition: 0, from: 0, maxRecords: 100 };
        expect(offsetsOf(await log.read({ ...range, maxBytes: 1 }))).toEqual([0]);
        const some = await log.read({ ...range, maxBytes: 600 });
        expect(some.length).toBeGreaterThan(1);
        expect(some.length).toBeLessThan(6);
        expect(offsetsOf(some)).toEqual(some.map((_, index) => index));
      });

      it('answers nothing at the end and behind it, and for a partition that is not there', async () => {
        const topic = await tenRecords();
        expect(await readAll(topic, 0, 10)).toEqual([]);
        expect(await readAll(topic, 0, 1_000)).toEqual([]);
        expect(await readAll(topic, 1)).toEqual([]);
      });
    });

    describe('offsets', () => {
      it('says the earliest and the end of each partition', async () => {
        const topic = await newTopic({ partitions: 2 });
        expect(await log.offsets(topic)).toEqual([
          { partition: 0, earliest: 0, end: 0 },
          { partition: 1, earliest: 0, end: 0 },
        ]);
        const [{ partition } = { partition: -1 }] = acked(await log.produce([record(topic, 'k', 'v')]));
        expect((await log.offsets(topic))[partition]).toEqual({ partition, earliest: 0, end: 1 });
        expect((await log.offsets(topic))[1 - partition]?.end).toBe(0);
      });

      it('finds the first offset that is not before an instant, and the end where there is none', async () => {
        const topic = await newTopic();
        const stamps: number[] = [];
        for (let index = 0; index < 4; index += 1) {
          const results = acked(await log.produce([record(topic, 'k', 'a'), record(topic, 'k', 'b')]));
          stamps.push(results[0]?.timestamp ?? 0);
          await subject.elapse(20);
        }
        const at = async (ms: number): Promise<number | undefined> =>
          (await log.offsetsAt(topic, epochMsOf(ms)))[0]?.offset;
        const [, second = 0, third = 0, fourth = 0] = stamps;
        expect(await at(0)).toBe(0);
        expect(await at(second)).toBe(2);
        expect(await at(second + 1)).toBe(4);
        expect(await at(third)).toBe(4);
        expect(await at(fourth + 1)).toBe(8);
      });
    });

    describe('retention', () => {
      it('drops what is older, keeps what is not, and never uses an offset twice', async () => {
        const topic = await newTopic({ retentionMs: DAY_MS });
        const [old] = acked(await log.produce([record(topic, 'k', 'old'), record(topic, 'k', 'old too')]));
        await subject.elapse(100);
        const [young] = acked(await log.produce([record(topic, 'k', 'young')]));
        if (!old || !young) throw new Error('two answers expected');

        await log.enforceRetention(epochMsOf(old.timestamp + DAY_MS));
        expect((await log.offsets(topic))[0]).toMatchObject({ earliest: 0, end: 3 });
        expect(await log.enforceRetention(epochMsOf(young.timestamp + DAY_MS))).toBeGreaterThanOrEqual(2);
        expect((await log.offsets(topic))[0]).toMatchObject({ earliest: 2, end: 3 });
        expect(valuesOf(await readAll(topic))).toEqual(['young']);
        await log.enforceRetention(epochMsOf(young.timestamp + DAY_MS + 1));
        expect((await log.offsets(topic))[0]).toMatchObject({ earliest: 3, end: 3 });
        expect(await readAll(topic)).toEqual([]);
        expect((await log.offsetsAt(topic, epochMsOf(0)))[0]?.offset).toBe(3);
        expect(acked(await log.produce([record(topic, 'k', 'next')]))[0]?.offset).toBe(3);
      });
    });
  });
};
