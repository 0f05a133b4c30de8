import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { temporaryEmbeddedFolder } from '../../../support/embedded-folder.ts';
import type { WriterOrder, WriterReport } from '../../../support/embedded-writer.ts';
import { textOf } from '../../../../lib/core/record.ts';

const WRITERS = 5;
const ROUNDS = 60;

it('threads open one new folder at once and write side by side; nothing is locked, lost or done twice', async () => {
  const state = temporaryEmbeddedFolder();
  const topic = 'side-by-side';
  const ready = new SharedArrayBuffer(4);
  const reports = await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      const workerData: WriterOrder = {
        folder: state.folder,
        writer,
        writers: WRITERS,
        topic,
        rounds: ROUNDS,
        ready,
      };
      const worker = new Worker(new URL('../../../support/embedded-writer.ts', import.meta.url), {
        workerData,
      });
      const [report] = (await once(worker, 'message')) as [WriterReport];
      return report;
    }),
  );

  expect(reports.flatMap(({ troubles }) => troubles)).toEqual([]);
  expect(reports.flatMap(({ won }) => won).toSorted()).toEqual(
    Array.from({ length: ROUNDS }, (_, round) => `key-${round}`).toSorted(),
  );
  // The run may cross the end of a minute, which gives some of the limits a second helping of three.
  const granted = reports.reduce((sum, report) => sum + report.granted, 0);
  expect(granted).toBeGreaterThanOrEqual(ROUNDS * 3);
  expect(granted).toBeLessThanOrEqual(ROUNDS * 6);

  const { log, groups, verdicts, rows } = state.open('side-by-side');
  const read = await log.read({ topic, partition: 0, from: 0, maxRecords: 10_000, maxBytes: 10_000_000 });
  const total = WRITERS * ROUNDS * 5;
  expect(read.map(({ offset }) => offset)).toEqual(Array.from({ length: total }, (_, index) => index));
  for (let writer = 0; writer < WRITERS; writer += 1) {
    const mine = read
      .map(({ value }) => textOf(value ?? new Uint8Array()))
      .filter((text) => text.startsWith(`${writer}:`));
    expect(mine).toEqual(Array.from({ length: ROUNDS * 5 }, (_, index) => `${writer}:${index}`));
    const owner = `writer-${writer}`;
    expect(await groups.committed(owner)).toEqual([{ topic, partition: 0, offset: ROUNDS - 1 }]);
    expect(await rows.read([owner])).toEqual([
      { kind: 'read', value: { body: `${ROUNDS - 1}`, digest: `${ROUNDS - 1}` } },
    ]);
  }
  expect((await verdicts.countByStage()).get('action')?.consumed).toBe(WRITERS * ROUNDS);
});
