import { createHash } from 'node:crypto';
import { TransientError, messageOf } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type {
  EventLog,
  LoggedRecord,
  PartitionOffsets,
  ProduceResult,
  RangeRead,
  TopicDescription,
  TopicSettings,
} from '../../core/ports/event-log.ts';
import { sizeOf, type OutputRecord } from '../../core/record.ts';
import { epochMsOf, type EpochMs } from '../../core/units.ts';
import type { Database } from './database.ts';
import { decodeHeaders, encodeHeaders } from './headers.ts';
import { partitionOf } from '../partitioner.ts';

interface Partition {
  readonly number: number;
  readonly partition: number;
  next: number;
}

interface OpenTopic {
  readonly maxRecordBytes: number;
  readonly partitions: readonly Partition[];
}

interface RecordRow {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Uint8Array | null;
}

const TOPIC_COLUMNS =
  'name, id, partitions, retention_ms AS retentionMs, max_record_bytes AS maxRecordBytes FROM topics';

/** The first kept record of a partition whose timestamp is not before ?2. */
const FIRST_AT =
  'SELECT "offset" FROM records WHERE partition_number = ?1 AND timestamp >= ?2 ORDER BY "offset" LIMIT 1';

const logUnavailable = (cause: unknown): TransientError =>
  new TransientError('LOG_UNAVAILABLE', {
    message: `The embedded log did not answer: got "${messageOf(cause)}"; expected the append or read to succeed. Fix: see that the state folder's disk has room and that no other program holds its file.`,
    cause,
  });

const missingTopic = (topic: string): TransientError =>
  new TransientError('LOG_UNAVAILABLE', {
    message: `got a record for topic ${topic}; expected a topic that exists. Fix: create it.`,
    at: { topic },
  });

/**
 * As long as Kafka's, but not random: made of the name and of a number that the file never uses again. A topic that is made
 * anew gets another id, and the same recording gives the same rows, byte for byte, in every state folder.
 */
const topicIdOf = (name: string, generation: number): string =>
  createHash('sha256').update(`${generation}/${name}`).digest('hex').slice(0, 22);

/** The log in one SQLite file. Timestamps are the time of the append by `clock`, as with LogAppendTime in Kafka. */
export class SqliteEventLog implements EventLog {
  readonly #database: Database;
  readonly #clock: Pick<Clock, 'now'>;
  /** Records without a key go to one partition in a call and to the next one in the next, so that batches stay together. */
  #turn = 0;

  constructor(database: Database, clock: Pick<Clock, 'now'>) {
    this.#database = database;
    this.#clock = clock;
  }

  async produce(records: readonly OutputRecord[]): Promise<readonly ProduceResult[]> {
    if (records.length === 0) return [];
    const turn = this.#turn;
    this.#turn += 1;
    try {
      return this.#database.write(() => this.#append(records, turn));
    } catch (thrown) {
      const cause = logUnavailable(thrown);
      return records.map(() => ({ kind: 'failed', cause }));
    }
  }

  async topicIds(topics: readonly string[]): Promise<readonly (string | undefined)[]> {
    return this.#answer(() => topics.map((topic) => this.#describe(topic)?.id));
  }

  async createTopics(topics: readonly TopicSettings[]): Promise<void> {
    this.#answer(() =>
      this.#database.write(() => {
        for (const topic of topics) this.#create(topic);
      }),
    );
  }

  async deleteTopic(topic: string): Promise<void> {
    this.#answer(() =>
      this.#database.write(() => {
        const id = this.#describe(topic)?.id;
        if (id === undefined) return;
        const records =
          'DELETE FROM records WHERE partition_number IN (SELECT number FROM partitions WHERE topic_id = ?)';
        this.#database.statement(records).run(id);
        this.#database.statement('DELETE FROM partitions WHERE topic_id = ?').run(id);
        this.#database.statement('DELETE FROM committed_offsets WHERE topic_id = ?').run(id);
        this.#database.statement('DELETE FROM topics WHERE id = ?').run(id);
      }),
    );
  }

  async describe(topic: string): Promise<TopicDescription | undefined> {
    return this.#answer(() => this.#describe(topic));
  }

  async listTopics(): Promise<readonly TopicDescription[]> {
    return this.#answer(() =>
      this.#database
        .statement(`SELECT ${TOPIC_COLUMNS} ORDER BY name`)
        .all()
        .map((row) => ({ ...(row as unknown as TopicDescription) })),
    );
  }

  async read(range: RangeRead): Promise<readonly LoggedRecord[]> {
    return this.#answer(() => this.#database.read(() => this.#read(range)));
  }

  async offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    const first = 'SELECT "offset" FROM records WHERE partition_number = ? ORDER BY "offset" LIMIT 1';
    return this.#answer(() =>
      this.#database.read(() =>
        this.#partitions(topic).map(({ number, partition, next }) => ({
          partition,
          earliest: this.#offset(first, number) ?? next,
          end: next,
        })),
      ),
    );
  }

  async offsetsAt(
    topic: string,
    at: EpochMs,
  ): Promise<readonly { readonly partition: number; readonly offset: number }[]> {
    return this.#answer(() =>
      this.#database.read(() =>
        this.#partitions(topic).map(({ number, partition, next }) => ({
          partition,
          offset: this.#offset(FIRST_AT, number, at) ?? next,
        })),
      ),
    );
  }

  /** Drops what is older than each topic's retention; returns how many records went. A broker does so by itself. */
  async enforceRetention(now: EpochMs): Promise<number> {
    const topics = await this.listTopics();
    const dropOf = 'DELETE FROM records WHERE partition_number = ? AND "offset" < ?';
    // A write transaction for each topic, so that the stages are never held up for long.
    return topics.reduce(
      (dropped, { name, retentionMs }) =>
        dropped +
        this.#answer(() =>
          this.#database.write(() =>
            this.#partitions(name).reduce((count, { number, next }) => {
              const kept = this.#offset(FIRST_AT, number, now - retentionMs) ?? next;
              return count + Number(this.#database.statement(dropOf).run(number, kept).changes);
            }, 0),
          ),
        ),
      0,
    );
  }

  #answer<Value>(work: () => Value): Value {
    try {
      return work();
    } catch (thrown) {
      throw logUnavailable(thrown);
    }
  }

  #describe(topic: string): TopicDescription | undefined {
    const row = this.#database.statement(`SELECT ${TOPIC_COLUMNS} WHERE name = ?`).get(topic);
    return row && { ...(row as unknown as TopicDescription) };
  }

  #partitions(topic: string): Partition[] {
    return this.#database
      .statement(
        'SELECT number, partition, next_offset AS next FROM partitions WHERE topic_id = (SELECT id FROM topics WHERE name = ?) ORDER BY partition',
      )
      .all(topic) as unknown as Partition[];
  }

  #offset(sql: string, ...args: readonly number[]): number | undefined {
    return this.#database.statement(sql).get(...args)?.['offset'] as number | undefined;
  }

  #create({ name, partitions, retentionMs, maxRecordBytes }: TopicSettings): void {
    const last = "SELECT seq FROM sqlite_sequence WHERE name = 'partitions'";
    const id = topicIdOf(name, Number(this.#database.statement(last).get()?.['seq'] ?? 0));
    const topic =
      'INSERT INTO topics (name, id, partitions, retention_ms, max_record_bytes) VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING';
    const made = this.#database.statement(topic).run(name, id, partitions, retentionMs, maxRecordBytes);
    if (made.changes === 0) return;
    const partition = 'INSERT INTO partitions (topic_id, partition, next_offset) VALUES (?, ?, 0)';
    for (let index = 0; index < partitions; index += 1) this.#database.statement(partition).run(id, index);
  }

  #append(records: readonly OutputRecord[], turn: number): readonly ProduceResult[] {
    const insert = this.#database.statement(
      'INSERT INTO records (partition_number, "offset", timestamp, key, value, headers) VALUES (?, ?, ?, ?, ?, ?)',
    );
    const timestamp = this.#clock.now();
    const topics = new Map<string, OpenTopic | undefined>();
    const grown = new Set<Partition>();
    const results = records.map((record): ProduceResult => {
      if (!topics.has(record.topic)) topics.set(record.topic, this.#open(record.topic));
      const topic = topics.get(record.topic);
      if (!topic) return { kind: 'failed', cause: missingTopic(record.topic) };
      const sizeBytes = sizeOf(record);
      if (sizeBytes > topic.maxRecordBytes) {
        return { kind: 'too-large', sizeBytes, limitBytes: topic.maxRecordBytes };
      }
      const count = topic.partitions.length;
      const chosen = record.key === null ? turn % count : partitionOf(record.key, count);
      const partition = topic.partitions[chosen];
      if (!partition) return { kind: 'failed', cause: missingTopic(record.topic) };
      return this.#database.each<ProduceResult>(
        () => {
          const offset = partition.next;
          insert.run(
            partition.number,
            offset,
            timestamp,
            record.key,
            record.value,
            encodeHeaders(record.headers),
          );
          partition.next += 1;
          grown.add(partition);
          return { kind: 'acked', partition: chosen, offset, timestamp };
        },
        (thrown) => ({ kind: 'failed', cause: logUnavailable(thrown) }),
      );
    });
    const advance = this.#database.statement('UPDATE partitions SET next_offset = ? WHERE number = ?');
    for (const { number, next } of grown) advance.run(next, number);
    return results;
  }

  #open(topic: string): OpenTopic | undefined {
    const description = this.#describe(topic);
    return description && { maxRecordBytes: description.maxRecordBytes, partitions: this.#partitions(topic) };
  }

  #read({ topic, partition, from, maxRecords, maxBytes }: RangeRead): readonly LoggedRecord[] {
    const number = this.#partitions(topic)[partition]?.number;
    if (number === undefined) return [];
    const range = this.#database.statement(
      'SELECT "offset", timestamp, key, value, headers FROM records WHERE partition_number = ? AND "offset" >= ? ORDER BY "offset" LIMIT ?',
    );
    const records: LoggedRecord[] = [];
    let bytes = 0;
    for (const raw of range.iterate(number, from, maxRecords)) {
      const row = raw as unknown as RecordRow;
      const record: LoggedRecord = {
        topic,
        partition,
        offset: row.offset,
        timestamp: epochMsOf(row.timestamp),
        timestampType: 'LOG_APPEND_TIME',
        key: row.key,
        value: row.value,
        headers: decodeHeaders(row.headers),
      };
      bytes += sizeOf(record);
      if (records.length > 0 && bytes > maxBytes) break;
      records.push(record);
    }
    return records;
  }
}
