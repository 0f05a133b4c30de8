import { describe, expect, it } from 'vitest';
import type { LoggedRecord } from '../../../lib/core/ports/event-log.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { eventLogProduceSuite } from './event-log-produce.ts';
import {
  DAY_MS,
  acked,
  logUnderTest,
  record,
  topicSettings,
  valuesOf,
  type EventLogSubject,
} from './event-log-subject.ts';

/** What every event log must do, embedded or real. */
export const eventLogSuite = (name: string, open: () => Promise<EventLogSubject>): void => {
  describe(`${name}: an event log`, () => {
    const { log, subject, newTopic, readAll } = logUnderTest(open);

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
        expect(await log().describe(topic)).toMatchObject(expected);
        expect(await log().listTopics()).toContainEqual(await log().describe(topic));
      });

      it('leaves an existing topic as it is when it is created again', async () => {
        const topic = await newTopic({ partitions: 2 });
        const before = await log().describe(topic);
        await log().produce([record(topic, 'k', 'kept')]);
        await log().createTopics([{ name: topic, ...topicSettings, partitions: 5, retentionMs: 1 }]);
        expect(await log().describe(topic)).toEqual(before);
        expect((await log().offsets(topic)).reduce((sum, { end }) => sum + end, 0)).toBe(1);
      });

      it('answers topic ids in the order asked, undefined where there is no such topic', async () => {
        const first = await newTopic();
        const second = await newTopic();
        const [secondId, none, firstId] = await log().topicIds([second, 'suite.log.missing', first]);
        expect(none).toBeUndefined();
        expect(firstId).toBe((await log().describe(first))?.id);
        expect(secondId).toBe((await log().describe(second))?.id);
        expect(firstId).not.toBe(secondId);
      });

      it('gives a topic that is created again another id and nothing of the old one', async () => {
        const topic = await newTopic();
        await log().produce([record(topic, 'k', 'old'), record(topic, 'k', 'older')]);
        const [before] = await log().topicIds([topic]);
        await log().deleteTopic(topic);
        expect(await log().topicIds([topic])).toEqual([undefined]);
        await log().createTopics([{ name: topic, ...topicSettings }]);
        const [after] = await log().topicIds([topic]);
        expect(after).toBeTypeOf('string');
        expect(after).not.toBe(before);
        expect(await readAll(topic)).toEqual([]);
        expect(acked(await log().produce([record(topic, 'k', 'new')]))[0]?.offset).toBe(0);
        expect(valuesOf(await readAll(topic))).toEqual(['new']);
      });

      it('has nothing for a topic that does not exist', async () => {
        const missing = 'suite.log.missing';
        await log().deleteTopic(missing);
        expect(await log().describe(missing)).toBeUndefined();
        expect(await readAll(missing)).toEqual([]);
        expect(await log().offsets(missing)).toEqual([]);
        expect(await log().offsetsAt(missing, epochMsOf(0))).toEqual([]);
      });
    });

    describe('read', () => {
      const tenRecords = async (): Promise<string> => {
        const topic = await newTopic();
        const values = Array.from({ length: 10 }, (_, index) => `${index}`.repeat(100));
        acked(await log().produce(values.map((value) => record(topic, 'k', value))));
        return topic;
      };
      const offsetsOf = (records: readonly LoggedRecord[]): readonly number[] =>
        records.map(({ offset }) => offset);

      it('begins where it is told and ends at the number of records wanted', async () => {
        const topic = await tenRecords();
        const range = { topic, partition: 0, from: 4, maxRecords: 3, maxBytes: 100_000 };
        const read = await log().read(range);
        expect(offsetsOf(read)).toEqual([4, 5, 6]);
        expect(read[0]).toMatchObject({ topic, partition: 0, timestampType: 'LOG_APPEND_TIME' });
        expect(valuesOf(read)[0]).toBe('4'.repeat(100));
      });

      it('ends at the bytes wanted, but answers at least one record', async () => {
        const topic = await tenRecords();
        const range = { topic, partition: 0, from: 0, maxRecords: 100 };
        expect(offsetsOf(await log().read({ ...range, maxBytes: 1 }))).toEqual([0]);
        const some = await log().read({ ...range, maxBytes: 600 });
        expect(some.length).toBeGreaterThan(1);
        expect(some.length).toBeLessThan(6);
        expect(offsetsOf(some)).toEqual(some.map((_, index) => index));
      });

      it('goes on to the number of records wanted, however large they are', async () => {
        const topic = await newTopic();
        const values = Array.from({ length: 6 }, (_, index) => `${index}`.repeat(30_000));
        for (const value of values) acked(await log().produce([record(topic, 'k', value)]));
        const range = { topic, partition: 0, from: 1, maxRecords: 4, maxBytes: 1_000_000 };
        expect(valuesOf(await log().read(range))).toEqual(values.slice(1, 5));
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
        expect(await log().offsets(topic)).toEqual([
          { partition: 0, earliest: 0, end: 0 },
          { partition: 1, earliest: 0, end: 0 },
        ]);
        const [{ partition } = { partition: -1 }] = acked(await log().produce([record(topic, 'k', 'v')]));
        expect((await log().offsets(topic))[partition]).toEqual({ partition, earliest: 0, end: 1 });
        expect((await log().offsets(topic))[1 - partition]?.end).toBe(0);
      });

      it('finds the first offset that is not before an instant, and the end where there is none', async () => {
        const topic = await newTopic();
        const stamps: number[] = [];
        for (let index = 0; index < 4; index += 1) {
          const results = acked(await log().produce([record(topic, 'k', 'a'), record(topic, 'k', 'b')]));
          stamps.push(results[0]?.timestamp ?? 0);
          await subject().elapse(20);
        }
        const at = async (ms: number): Promise<number | undefined> =>
          (await log().offsetsAt(topic, epochMsOf(ms)))[0]?.offset;
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
        const [old] = acked(await log().produce([record(topic, 'k', 'old'), record(topic, 'k', 'old too')]));
        await subject().elapse(100);
        const [young] = acked(await log().produce([record(topic, 'k', 'young')]));
        if (!old || !young) throw new Error('two answers expected');

        await subject().enforceRetention(epochMsOf(old.timestamp + DAY_MS));
        expect((await log().offsets(topic))[0]).toMatchObject({ earliest: 0, end: 3 });
        await subject().enforceRetention(epochMsOf(young.timestamp + DAY_MS));
        expect((await log().offsets(topic))[0]).toMatchObject({ earliest: 2, end: 3 });
        expect(valuesOf(await readAll(topic))).toEqual(['young']);
        await subject().enforceRetention(epochMsOf(young.timestamp + DAY_MS + 1));
        expect((await log().offsets(topic))[0]).toMatchObject({ earliest: 3, end: 3 });
        expect(await readAll(topic)).toEqual([]);
        expect((await log().offsetsAt(topic, epochMsOf(0)))[0]?.offset).toBe(3);
        expect(acked(await log().produce([record(topic, 'k', 'next')]))[0]?.offset).toBe(3);
      });
    });
  });
  eventLogProduceSuite(name, open);
};
