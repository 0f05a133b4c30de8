/** A thread that writes to everything in a state folder as fast as it can. Started by side-by-side.test.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { openEmbedded } from '../../lib/adapters/sqlite/embedded.ts';
import { claim, complete } from '../../lib/core/ledger/transitions.ts';
import { bytesOf } from '../../lib/core/record.ts';
import { epochMsOf } from '../../lib/core/units.ts';
import { claimedItem } from './ledger-arbitrary.ts';

export interface WriterOrder {
  readonly folder: string;
  readonly writer: number;
  readonly writers: number;
  readonly topic: string;
  readonly rounds: number;
  /** How many writers are ready: all begin at once, with the opening of the folder. */
  readonly ready: SharedArrayBuffer;
}

export interface WriterReport {
  readonly writer: number;
  /** Everything that was not answered as it should be. */
  readonly troubles: readonly string[];
  /** Keys that this writer claimed. */
  readonly won: readonly string[];
  readonly granted: number;
}

const run = async (order: WriterOrder): Promise<WriterReport> => {
  const { folder, writer, writers, topic, rounds } = order;
  const ready = new Int32Array(order.ready);
  Atomics.add(ready, 0, 1);
  Atomics.notify(ready, 0);
  for (let seen = Atomics.load(ready, 0); seen < writers; seen = Atomics.load(ready, 0)) {
    Atomics.wait(ready, 0, seen, 1_000);
  }

  const clock = { now: () => epochMsOf(Date.now()) };
  const { log, groups, rows, claims, operations, verdicts, close } = openEmbedded({
    folder,
    pipeline: 'side-by-side',
    clock,
  });
  await log.createTopics([{ name: topic, partitions: 1, retentionMs: 86_400_000, maxRecordBytes: 10_000 }]);
  const troubles: string[] = [];
  const won: string[] = [];
  let granted = 0;
  const owner = `writer-${writer}`;
  for (let round = 0; round < rounds; round += 1) {
    const records = Array.from({ length: 5 }, (_, index) => ({
      topic,
      key: bytesOf('k'),
      value: bytesOf(`${writer}:${round * 5 + index}`),
      headers: [],
    }));
    for (const result of await log.produce(records)) {
      if (result.kind !== 'acked') troubles.push(`produce: ${JSON.stringify(result)}`);
    }
    const key = `key-${round}`;
    const [claimed] = await claims.apply([{ key, transition: claim(claimedItem(key, { owner })) }]);
    if (claimed?.kind === 'applied') {
      won.push(key);
      const done = complete(owner, { emits: [], expiresAt: null });
      const [completed] = await claims.apply([{ key, transition: done }]);
      if (completed?.kind !== 'applied') troubles.push(`complete: ${completed?.kind}`);
    } else if (claimed?.kind !== 'refused') troubles.push(`claim: ${claimed?.kind}`);
    const row = { body: `${round}`, digest: `${round}` };
    const expected = round === 0 ? null : `${round - 1}`;
    const [written] = await rows.write([{ entity: owner, expected, row }]);
    if (written?.kind !== 'applied') troubles.push(`row: ${written?.kind}`);
    const reserved = await operations.reserve(`limit-${round}`, 3, 2);
    if (reserved.kind === 'read') granted += reserved.value.granted;
    else troubles.push(`reserve: ${reserved.kind}`);
    await groups.commit(owner, [{ topic, partition: 0, offset: round }]);
    const at = { topic, topicId: 'id', partition: writer, offset: round };
    await verdicts.record('action', [{ at, verdict: { kind: 'done' } }]);
  }
  close();
  return { writer, troubles, won, granted };
};

parentPort?.postMessage(await run(workerData as WriterOrder), []);
