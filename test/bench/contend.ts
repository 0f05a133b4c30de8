import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { profilesIn, sharesOf, sharesText } from './profile.ts';
import type { ClientAnswer, ClientTask } from './work/tasks.ts';

/**
 * Runs a task in a process of its own.
 *
 * @throws {Error} where the process ends without an answer: what it found wrong stands on standard error
 */
export const contend = async (task: ClientTask): Promise<ClientAnswer> => {
  const child = fork(join(import.meta.dirname, 'work/client.ts'), [JSON.stringify(task)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const exited = once(child, 'exit');
  let answer: ClientAnswer | undefined;
  child.on('message', (message) => (answer = message as ClientAnswer));
  await exited;
  if (answer === undefined) throw new Error(`${task.contender.kind} ended without an answer`);
  return answer;
};

/** Where the CPU of a task's measured batches goes, by place; its times are not to be compared with those of others. */
export const profileOf = async (task: ClientTask): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'freshet-profile-'));
  try {
    await contend({ ...task, profile: join(folder, 'batches.cpuprofile') });
    return sharesText(sharesOf(await profilesIn(folder)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
