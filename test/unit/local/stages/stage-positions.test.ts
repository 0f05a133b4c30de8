import { beforeEach, expect, it } from 'vitest';
import type { Embedded } from '../../../../lib/adapters/sqlite/embedded.ts';
import { bytesOf } from '../../../../lib/core/record.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { StagePositions } from '../../../../lib/local/stages/stage-positions.ts';
import { temporaryEmbeddedFolder, type EmbeddedFolder } from '../../../support/embedded-folder.ts';

let state: EmbeddedFolder;
let embedded: Embedded;
beforeEach(async () => {
  state = temporaryEmbeddedFolder();
  embedded = state.open();
  await embedded.log.createTopics([{ name: 'a', partitions: 1, retentionMs: 1e9, maxRecordBytes: 1e6 }]);
});

const append = async (): Promise<void> => {
  await embedded.log.produce([{ topic: 'a', key: null, value: bytesOf('x'), headers: [] }]);
};
const now = (after: number): ReturnType<typeof epochMsOf> => epochMsOf(state.clock.now() + after);

it('says how many records are not committed, and how old the first of them is', async () => {
  const positions = new StagePositions(embedded.log, 'a', 'g');
  await positions.resume(embedded.groups);
  expect(await positions.position(now(0))).toEqual({ lag: 0, firstUncommittedMs: 0 });
  await append();
  await state.elapse(1_000);
  await append();
  expect(await positions.position(now(500))).toEqual({ lag: 2, firstUncommittedMs: 1_500 });
  positions.committed('g', [{ topic: 'a', partition: 0, offset: 1 }]);
  expect(await positions.position(now(500))).toEqual({ lag: 1, firstUncommittedMs: 500 });
  expect(await positions.lag()).toBe(1);
  expect(await positions.records()).toBe(2);
});

it('begins with what is committed, and heeds no other group or topic', async () => {
  await append();
  await append();
  await embedded.groups.commit('g', [{ topic: 'a', partition: 0, offset: 1 }]);
  await embedded.groups.commit('other', [{ topic: 'a', partition: 0, offset: 2 }]);
  const positions = new StagePositions(embedded.log, 'a', 'g');
  await positions.resume(embedded.groups);
  positions.committed('other', [{ topic: 'a', partition: 0, offset: 2 }]);
  positions.committed('g', [{ topic: 'b', partition: 0, offset: 2 }]);
  expect(await positions.lag()).toBe(1);
});
