import { spawnSync } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Embedded } from '../../../../lib/adapters/sqlite/embedded.ts';
import { embeddedFolder, type EmbeddedFolder } from '../../../support/embedded-folder.ts';

let state: EmbeddedFolder;
let embedded: Embedded;

beforeEach(async () => {
  state = embeddedFolder();
  embedded = state.open();
  await embedded.log.createTopics([
    { name: 'orders', partitions: 2, retentionMs: 86_400_000, maxRecordBytes: 1_000 },
  ]);
});
afterEach(() => state.close());

const joinGroup = async () => {
  const owned = new Set<number>();
  const member = await state.open().membership.join({
    group: 'billing',
    topic: 'orders',
    assigned: (partitions) => partitions.forEach((partition) => owned.add(partition)),
    revoked: (partitions) => partitions.forEach((partition) => owned.delete(partition)),
  });
  return { member, owned };
};

/** A member of another process. */
const addMember = (processId: number): void => {
  const connection = new DatabaseSync(join(state.folder, 'freshet.db'));
  connection
    .prepare('INSERT INTO group_members (consumer_group, process, expires_at) VALUES (?, ?, ?)')
    .run('billing', processId, state.clock.now() + 8_000);
  connection.close();
};

it('a member whose process has ended is missed at once', async () => {
  addMember(spawnSync(process.execPath, ['--version']).pid);
  const { member, owned } = await joinGroup();
  expect([...owned]).toEqual([0, 1]);
  await member.leave();
});

it('a member whose process lives is waited for', async () => {
  addMember(process.ppid);
  const { member, owned } = await joinGroup();
  expect([...owned]).toEqual([]);
  await expect(
    embedded.groups.commit('billing', [{ topic: 'orders', partition: 0, offset: 1 }]),
  ).rejects.toMatchObject({ code: 'GROUP_ACTIVE' });
  await state.elapse(8_000);
  await expect.poll(() => [...owned]).toEqual([0, 1]);
  await member.leave();
});

it('a member that was missed while it stood still commits nothing, and then begins anew', async () => {
  const { member, owned } = await joinGroup();
  await state.elapse(8_000);
  expect(await member.commit([{ partition: 0, offset: 1 }])).toBe('fenced');
  expect(await embedded.groups.committed('billing')).toEqual([]);
  await expect.poll(() => member.commit([{ partition: 0, offset: 2 }])).toBe('committed');
  expect([...owned]).toEqual([0, 1]);
  await member.leave();
});

it('a member that says that it lives is not missed', async () => {
  const { member, owned } = await joinGroup();
  const standby = await joinGroup();
  const expiry = (): unknown => {
    const connection = new DatabaseSync(join(state.folder, 'freshet.db'), { readOnly: true });
    const row = connection.prepare('SELECT min(expires_at) AS at FROM group_members').get();
    connection.close();
    return row?.['at'];
  };
  for (let second = 0; second < 5; second += 1) {
    await state.elapse(3_000);
    const expected = state.clock.now() + 8_000;
    await expect.poll(expiry).toBe(expected);
  }
  expect([[...owned], [...standby.owned]]).toEqual([[0, 1], []]);
  await Promise.all([member.leave(), standby.member.leave()]);
});
