import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';
import { sameInterruptMs } from '../../lib/cli/process-interrupts.ts';
import type { RunReport } from '../../lib/local/report/report.ts';
import { startDownstream } from '../support/downstream.ts';
import { temporaryFolder } from '../support/folder.ts';
import { startFreshetWith, until } from '../support/freshet-process.ts';

// Whole processes: a machine that is busy with other tests takes its time over them.
vi.setConfig({ testTimeout: 120_000 });

const source = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const fixture = (file: string): string => `export * from '${source(`test/fixtures/meters/${file}.ts`)}';`;

/** The meters, whose action sends to a downstream of the test's, and not to the receiver of the run. */
const files = {
  'meters/contract.ts': fixture('contract'),
  'meters/features.ts': fixture('features'),
  'meters/inference.ts': fixture('inference'),
  'meters/recording.ts': fixture('recording'),
  'meters/action.ts': `
    import { http, post } from '${source('lib/adapters/http.ts')}';
    import { defineAction, param, suppress } from '${source('lib/core/stages/action.ts')}';
    import { handle } from '${source('lib/runtime/handle.ts')}';
    import { contract } from './contract.ts';
    export const action = defineAction(contract, {
      request: ({ inspect, meter, score }) =>
        inspect ? post('/inspections', { meter, score }) : suppress('explained'),
      via: http({ baseUrl: param('DOWNSTREAM_URL'), keyHeader: 'Idempotency-Key' }),
    });
    export const handler = handle(action);`,
};

/** Whether anybody of a process group is left. */
const isAnybodyLeft = (group: number): boolean => {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
};

it('a second Ctrl-C while freshet dev drains stops it at once with 130, and the next run does the rest', async () => {
  // Has its effect at the first request under a key. Answers the first effect only: the others are drained for half a minute.
  const effects = new Map<unknown, string>();
  const misused: string[] = [];
  let answersAll = false;
  const downstream = await startDownstream((response, { headers: { 'idempotency-key': key }, body }) => {
    const first = effects.get(key) ?? body;
    if (first !== body) misused.push(`${String(key)}: ${first}, then ${body}`);
    effects.set(key, first);
    if (answersAll || effects.size === 1) response.writeHead(201).end();
  });
  onTestFinished(() => downstream.close());
  const [functions, state] = [temporaryFolder(files), temporaryFolder()];
  const args = ['dev', '--functions', functions, '--state', state, '--fast', '--once', '--output', 'json'];
  const play = () => startFreshetWith({ args, env: { DOWNSTREAM_URL: downstream.url }, ownGroup: true });

  const { child, written, ended } = play();
  const said = (): string => written.err;
  await until('a request without an answer', () => effects.size > 1, said);
  // As it comes under npm: from the terminal, and handed on.
  child.kill('SIGINT');
  child.kill('SIGINT');
  await until('the drain', () => said().includes('finishing what is in flight; Ctrl-C again stops at once'));
  const since = performance.now();
  await until('a signal to be another', () => performance.now() - since > sameInterruptMs, said);
  expect(child.exitCode).toBeNull();
  child.kill('SIGINT');
  await until('its end', () => child.exitCode !== null, said);
  expect(await ended).toBe(130);
  expect(said()).toContain('stopped at once; called again, it goes on where it was stopped');
  expect(written.out).toBe('');
  await until('all of its processes to be gone', () => !isAnybodyLeft(child.pid ?? 0));

  answersAll = true;
  const next = play();
  expect(await next.ended).toBe(0);
  expect(JSON.parse(next.written.out) as RunReport).toMatchObject({
    balanced: true,
    isComplete: true,
    effects: { done: 5, suppressed: 25, failed: 0, inDoubt: 0 },
  });
  expect(effects.size).toBe(5);
  expect(misused).toEqual([]);
});
