import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import type { EventLog, LoggedRecord, ProduceResult } from '../../../lib/core/ports/event-log.ts';
import { bytesOf, textOf, type OutputRecord } from '../../../lib/core/record.ts';
import type { EpochMs } from '../../../lib/core/units.ts';

/** A log under test. Topics of other suites may stand in it. */
export interface EventLogSubject {
  readonly log: EventLog;
  /** A second connection to the same log. */
  another(): Promise<EventLog>;
  /** Lets time pass on the log's own clock, and no less than that. */
  elapse(ms: number): Promise<void>;
  /** Drops what is older than its topic's retention at that time, in every topic. */
  enforceRetention(now: EpochMs): Promise<void>;
  close(): Promise<void>;
}

export const DAY_MS = 86_400_000;

export const record = (topic: string, key: string | null, value: string | null): OutputRecord => ({
  topic,
  key: key === null ? null : bytesOf(key),
  value: value === null ? null : bytesOf(value),
  headers: [],
});

export const acked = (results: readonly ProduceResult[]): readonly (ProduceResult & { kind: 'acked' })[] =>
  results.map((result) => {
    if (result.kind !== 'acked') throw new Error(`expected every record to be acked, got ${result.kind}`);
    return result;
  });

export const valuesOf = (records: readonly LoggedRecord[]): readonly (string | null)[] =>
  records.map(({ value }) => value && textOf(value));

/** What the suites of the log do with the one that they test. */
export interface LogUnderTest {
  readonly log: () => EventLog;
  readonly subject: () => EventLogSubject;
  readonly newTopic: (options?: Partial<typeof topicSettings>) => Promise<string>;
  readonly readAll: (topic: string, partition?: number, from?: number) => Promise<readonly LoggedRecord[]>;
}

export const topicSettings = { partitions: 1, retentionMs: 7 * DAY_MS, maxRecordBytes: 100_000 };

/** Opens a log for the suite that calls this, and closes it after. */
export const logUnderTest = (open: () => Promise<EventLogSubject>): LogUnderTest => {
  let opened: EventLogSubject | undefined;
  let made = 0;
  // A real broker serves more than one run.
  const run = randomUUID().slice(0, 8);
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened?.close());
  const subject = (): EventLogSubject => {
    if (!opened) throw new Error('expected the log to be open');
    return opened;
  };
  const log = (): EventLog => subject().log;
  return {
    subject,
    log,
    newTopic: async (options = {}) => {
      made += 1;
      const topic = `suite.log.${run}-${made}`;
      await log().createTopics([{ name: topic, ...topicSettings, ...options }]);
      return topic;
    },
    readAll: (topic, partition = 0, from = 0) =>
      log().read({ topic, partition, from, maxRecords: 10_000, maxBytes: 10_000_000 }),
  };
};
