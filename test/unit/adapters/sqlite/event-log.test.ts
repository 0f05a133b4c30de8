import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Embedded } from '../../../../lib/adapters/sqlite/embedded.ts';
import { bytesOf, sizeOf, type OutputRecord } from '../../../../lib/core/record.ts';
import { temporaryEmbeddedFolder, type EmbeddedFolder } from '../../../support/embedded-folder.ts';

let state: EmbeddedFolder;
let embedded: Embedded;
const topic = 'airport.flight.observed';

beforeEach(async () => {
  state = temporaryEmbeddedFolder();
  embedded = state.open();
  await embedded.log.createTopics([{ name: topic, partitions: 1, retentionMs: 1_000, maxRecordBytes: 500 }]);
});

const record = (key: string, value = ''): OutputRecord => ({
  topic,
  key: bytesOf(key),
  value: bytesOf(value),
  headers: [{ name: 'ce_id', value: bytesOf(key) }],
});

/** Changes the file from outside, as no port can. */
const sql = (statements: string): void => {
  const connection = new DatabaseSync(join(state.folder, 'freshet.db'));
  connection.exec(statements);
  connection.close();
};

const all = { topic, partition: 0, from: 0, maxRecords: 100, maxBytes: 100_000 };

describe('offsets beyond 2^31', () => {
  // The largest offset whose successor is still a safe integer.
  const far = Number.MAX_SAFE_INTEGER - 2;

  it('are appended, read, searched, committed and dropped like any other', async () => {
    sql(`UPDATE partitions SET next_offset = ${far}`);
    const results = await embedded.log.produce([record('a'), record('b')]);
    expect(results).toEqual([
      { kind: 'acked', partition: 0, offset: far, timestamp: state.clock.now() },
      { kind: 'acked', partition: 0, offset: far + 1, timestamp: state.clock.now() },
    ]);
    expect(await embedded.log.offsets(topic)).toEqual([{ partition: 0, earliest: far, end: far + 2 }]);
    expect((await embedded.log.read({ ...all, from: far + 1 })).map(({ offset }) => offset)).toEqual([
      far + 1,
    ]);
    expect(await embedded.log.offsetsAt(topic, state.clock.now())).toEqual([{ partition: 0, offset: far }]);
    await embedded.groups.commit('group', [{ topic, partition: 0, offset: far + 1 }]);
    expect(await embedded.groups.committed('group')).toEqual([{ topic, partition: 0, offset: far + 1 }]);
    await state.elapse(1_001);
    expect(await embedded.log.enforceRetention(state.clock.now())).toBe(2);
    expect(await embedded.log.offsets(topic)).toEqual([{ partition: 0, earliest: far + 2, end: far + 2 }]);
  });

  it('keep their order where 32 bits would wrap', async () => {
    sql(`UPDATE partitions SET next_offset = ${2 ** 31 - 1}`);
    await embedded.log.produce([record('a'), record('b'), record('c')]);
    expect((await embedded.log.read(all)).map(({ offset }) => offset)).toEqual([
      2 ** 31 - 1,
      2 ** 31,
      2 ** 31 + 1,
    ]);
  });
});

it('takes a record of exactly the topic’s size and refuses one byte more', async () => {
  const room = 500 - sizeOf(record('k'));
  const fits = record('k', 'x'.repeat(room));
  const tooLarge = record('k', 'x'.repeat(room + 1));
  expect(sizeOf(fits)).toBe(500);
  expect(await embedded.log.produce([fits, tooLarge])).toEqual([
    { kind: 'acked', partition: 0, offset: 0, timestamp: state.clock.now() },
    { kind: 'too-large', sizeBytes: 501, limitBytes: 500 },
  ]);
});

it('keeps the records without a key of one call together', async () => {
  await embedded.log.createTopics([{ name: 'wide', partitions: 4, retentionMs: 1_000, maxRecordBytes: 500 }]);
  const keyless: OutputRecord = { topic: 'wide', key: null, value: null, headers: [] };
  const partitions: (readonly unknown[])[] = [];
  for (let call = 0; call < 5; call += 1) {
    const results = await embedded.log.produce([keyless, keyless, keyless]);
    partitions.push(results.map((result) => (result.kind === 'acked' ? result.partition : result)));
  }
  expect(partitions).toEqual([
    [0, 0, 0],
    [1, 1, 1],
    [2, 2, 2],
    [3, 3, 3],
    [0, 0, 0],
  ]);
});

it('lets a statement that fails take neither its neighbours nor an offset with it', async () => {
  sql(`CREATE TRIGGER refuse BEFORE INSERT ON records WHEN NEW.key = CAST('b' AS BLOB)
       BEGIN SELECT RAISE(ABORT, 'refused'); END`);
  const results = await embedded.log.produce([record('a'), record('b'), record('c')]);
  expect(results.map((result) => (result.kind === 'acked' ? result.offset : result.kind))).toEqual([
    0,
    'failed',
    1,
  ]);
  expect((await embedded.log.offsets(topic))[0]?.end).toBe(2);
});

it('fails all records, and keeps none, where the whole transaction is lost', async () => {
  sql(`CREATE TRIGGER refuse BEFORE INSERT ON records WHEN NEW.key = CAST('b' AS BLOB)
       BEGIN SELECT RAISE(ROLLBACK, 'lost'); END`);
  const results = await embedded.log.produce([record('a'), record('b'), record('c')]);
  expect(results.map(({ kind }) => kind)).toEqual(['failed', 'failed', 'failed']);
  expect(await embedded.log.offsets(topic)).toEqual([{ partition: 0, earliest: 0, end: 0 }]);
  sql('DROP TRIGGER refuse');
  expect((await embedded.log.produce([record('d')]))[0]).toMatchObject({ kind: 'acked', offset: 0 });
});

it('leaves nothing behind of a topic that is deleted, nor of one that was there already', async () => {
  const count = (): unknown => {
    const connection = new DatabaseSync(join(state.folder, 'freshet.db'));
    const counts = connection
      .prepare(
        'SELECT (SELECT count(*) FROM topics) AS topics, (SELECT count(*) FROM partitions) AS partitions, (SELECT count(*) FROM records) AS records, (SELECT count(*) FROM committed_offsets) AS commits',
      )
      .get();
    connection.close();
    return counts;
  };
  await embedded.log.createTopics([{ name: topic, partitions: 3, retentionMs: 1, maxRecordBytes: 1 }]);
  await embedded.log.produce([record('a')]);
  await embedded.groups.commit('group', [{ topic, partition: 0, offset: 1 }]);
  expect(count()).toEqual({ topics: 1, partitions: 1, records: 1, commits: 1 });
  await embedded.log.deleteTopic(topic);
  expect(count()).toEqual({ topics: 0, partitions: 0, records: 0, commits: 0 });
});

it('really gives the space of dropped records back to later ones', async () => {
  const pages = (): unknown => {
    const connection = new DatabaseSync(join(state.folder, 'freshet.db'));
    const count = connection.prepare('PRAGMA page_count').get()?.['page_count'];
    connection.close();
    return count;
  };
  const fill = async (): Promise<void> => {
    for (let batch = 0; batch < 5; batch += 1) {
      await embedded.log.produce(Array.from({ length: 100 }, () => record('k', 'x'.repeat(300))));
    }
  };
  await fill();
  const full = pages();
  await state.elapse(1_001);
  expect(await embedded.log.enforceRetention(state.clock.now())).toBe(500);
  await fill();
  expect(pages()).toBe(full);
});
