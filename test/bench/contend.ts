import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ClientAnswer, ClientTask } from './work/tasks.ts';

/**
 * Runs a task in a process of its own.
 *
 * @param execArgv - of Node, such as `--cpu-prof`
 * @throws {Error} where the process ends without an answer: what it found wrong stands on standard error
 */
export const contend = async (task: ClientTask, execArgv: readonly string[] = []): Promise<ClientAnswer> => {
  const child = fork(join(import.meta.dirname, 'work/client.ts'), [JSON.stringify(task)], {
    execArgv: ['--disable-warning=ExperimentalWarning', ...execArgv],
  });
  const exited = once(child, 'exit');
  let answer: ClientAnswer | undefined;
  child.on('message', (message) => (answer = message as ClientAnswer));
  await exited;
  if (answer === undefined) throw new Error(`${task.contender.kind} ended without an answer`);
  return answer;
};
