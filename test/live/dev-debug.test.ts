import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openEmbedded } from '../../lib/adapters/sqlite/embedded.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { textOf } from '../../lib/core/record.ts';
import type { RunProblem } from '../../lib/local/page/protocol/page-state.ts';
import { Debugger } from '../support/debugger.ts';
import { everyRecord } from '../support/every-record.ts';
import { temporaryFolder } from '../support/folder.ts';
import {
  devReport,
  runFreshet,
  startFreshet,
  startFreshetWith,
  until,
  type FreshetProcess,
} from '../support/freshet-process.ts';
import { editablePipeline } from '../support/pipeline-copy.ts';
import { pageOf, stateOnPage } from '../support/served-page.ts';
import { takenPort } from '../support/taken-port.ts';

// Whole processes: a machine that is busy with other tests takes its time over them.
vi.setConfig({ testTimeout: 120_000 });

/** Beyond the time-out of inference below, and the lease of what it has claimed, ms. */
const standingMs = 4_500;

it('a stage is stepped through and changed in mid-stream, and every event is counted once', async () => {
  const state = temporaryFolder();
  const { functions, file, edit } = editablePipeline('meters');
  edit(
    'contract.ts',
    'inference: { budget: millis(600), output: Inspection, mapping: { window: seconds(0) } },',
    'inference: { budget: millis(600), output: Inspection, mapping: { window: seconds(0), timeout: seconds(3) } },',
  );
  const run = startFreshet(
    'dev',
    '--functions',
    functions,
    '--state',
    state,
    '--once',
    '--output',
    'json',
    '--speed',
    // The whole takes half a minute: a slow machine does not come to its end before the save.
    '1400',
    '--watch',
    '--inspect',
    'inference=0',
  );
  const said = async (text: string | RegExp): Promise<readonly string[]> => {
    await until(
      `"${text}"`,
      () => run.written.err.match(text) !== null,
      () => run.written.err,
    );
    return run.written.err.match(text) ?? [];
  };

  // A breakpoint in the sources, by their file and line.
  const [, url = ''] = await said(/inference waits for a debugger at (\S+):/);
  const debug = await Debugger.attach(url);
  const source = pathToFileURL(file('inference.ts')).href;
  const lines = readFileSync(file('inference.ts'), 'utf8').split('\n');
  const line = lines.findIndex((text) => text.includes('return { answer')) + 1;
  await debug.breakAt(source, line);
  await debug.letRun();
  const standing = await debug.stands();
  expect(standing).toMatchObject({ file: source, line });
  expect(await standing.value('heating')).toBeTypeOf('number');
  expect(await standing.value('usedKwh')).toBeGreaterThan(0);
  const standsSince = performance.now();

  // A broken save meanwhile: it is told, with its place, and stops nothing.
  edit('inference.ts', 'inspect: score >= 0.4,', 'inspect: score >= ,');
  await said(/not taken over: inference cannot be bundled:[^]*inference\.ts:\d+:\d+/);
  await pause(Math.max(0, standingMs - (performance.now() - standsSince)));
  debug.close();

  // Its repair, with something that can be seen.
  edit('inference.ts', 'inspect: score >= ,\n    score,', 'inspect: score >= 0.4,\n    score: -1,');
  await said(/inference: bundled anew in \d+ ms/);
  await said('mended');

  const embedded = openEmbedded({ folder: state, pipeline: 'meters', clock: systemClock });
  onTestFinished(() => embedded.close());
  const scores = async (): Promise<readonly number[]> =>
    (await everyRecord(embedded.log, 'dev.energy.meters.decision'))
      .toSorted((one, other) => one.timestamp - other.timestamp)
      .map(
        ({ value }) => (JSON.parse(textOf(value ?? new Uint8Array())) as { readonly score: number }).score,
      );
  let decided: readonly number[] = [];
  const looking = setInterval(() => {
    void scores().then((now) => {
      decided = now;
    });
  }, 50);
  await until(
    'a decision of the new code',
    () => decided.includes(-1),
    () => run.written.err,
  );
  clearInterval(looking);
  run.child.kill('SIGINT');
  expect({ code: await run.ended, err: run.written.err }).toMatchObject({ code: 0 });
  expect(run.written.err).not.toMatch(/took longer|ended before/);

  // The rest, quickly.
  const report = await devReport('--functions', functions, '--state', state, '--fast');
  expect(report).toMatchObject({
    balanced: true,
    isComplete: true,
    input: { reading: 35, replaced: 1, heartbeat: 2, weather: 8, rejected: 0 },
    stages: {
      features: { consumed: 38, verdicts: { done: 30 } },
      inference: { received: 30, consumed: 30, verdicts: { done: 30 } },
      action: { received: 30, consumed: 30 },
    },
    receiver: { duplicateEffects: 0 },
  });
  expect(report.receiver.requests).toBe(report.receiver.distinctKeys);

  const claims = await embedded.claims.list({ states: ['DONE'], limit: 100 });
  // A claim whose lease was over would have been taken over, which counts as an attempt.
  expect(claims.map(({ attempts }) => attempts)).toEqual(Array.from({ length: 30 }, () => 0));
  // The former code, then the new one, and nothing in between.
  const all = await scores();
  expect(all).toHaveLength(30);
  const changedAt = all.indexOf(-1);
  expect(changedAt).toBeGreaterThan(0);
  expect(new Set(all.slice(changedAt))).toEqual(new Set([-1]));
});

interface Looked {
  readonly kind: 'progress' | 'report';
  readonly played: number;
  readonly toPlay: number;
}

const linesIn = (out: string): readonly Looked[] =>
  out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Looked);

const looksIn = (out: string): readonly Pick<Looked, 'played' | 'toPlay'>[] =>
  linesIn(out).flatMap(({ kind, played, toPlay }) => (kind === 'progress' ? [{ played, toPlay }] : []));

const reportIn = (out: string): unknown => linesIn(out).find(({ kind }) => kind === 'report');

/** `freshet dev` whose features nobody debugs yet, looked at so late that as fast as it goes it would have played. */
const waiting = async (): Promise<{ readonly run: FreshetProcess; readonly url: string }> => {
  const where = ['--functions', 'test/fixtures/orders', '--state', temporaryFolder()];
  const run = startFreshet(
    'dev',
    ...where,
    '--fast',
    '--once',
    '--output',
    'ndjson',
    '--inspect',
    'features=0',
  );
  const { written } = run;
  const url = (): string | undefined =>
    /features waits for a debugger at (\S+): nothing is played/.exec(written.err)?.[1];
  await until(
    'the stage to be open',
    () => url() !== undefined,
    () => written.err,
  );
  const before = looksIn(written.out).length;
  await until(
    'looks at the run',
    () => looksIn(written.out).length > before + 2,
    () => written.out + written.err,
  );
  expect(looksIn(written.out)).toEqual(looksIn(written.out).map(() => ({ played: 0, toPlay: 40 })));
  return { run, url: url() ?? '' };
};

it('nothing is played before a debugger is there, and everything then', async () => {
  const { run, url } = await waiting();
  const debug = await Debugger.attach(url);
  await debug.letRun();
  expect({ code: await run.ended, err: run.written.err }).toMatchObject({ code: 0 });
  expect(reportIn(run.written.out)).toMatchObject({ isComplete: true, balanced: true, effects: { done: 4 } });
});

it('a run that waits for its debugger ends on Ctrl-C, and has played nothing', async () => {
  const { run } = await waiting();
  run.child.kill('SIGINT');
  expect({ code: await run.ended, err: run.written.err }).toMatchObject({ code: 0 });
  expect(reportIn(run.written.out)).toMatchObject({ isComplete: false, receiver: { requests: 0 } });
});

it('a run that is asked to end says that a breakpoint holds it, and ends well once that lets it go', async () => {
  const { run, url } = await waiting();
  const debug = await Debugger.attach(url);
  const source = new URL('../fixtures/orders/features.ts', import.meta.url);
  const lines = readFileSync(source, 'utf8').split('\n');
  await debug.breakAt(source.href, lines.findIndex((text) => text.includes('orders: state.orders + 1')) + 1);
  await debug.letRun();
  await debug.stands();
  const before = looksIn(run.written.out).length;
  await until('time to stand', () => looksIn(run.written.out).length > before + 2);
  run.child.kill('SIGINT');
  await until(
    'what it says',
    () =>
      run.written.err.includes(
        'finishing what is in flight, as soon as features goes on: it stands at a breakpoint.',
      ),
    () => run.written.err,
  );
  debug.close();
  expect({ code: await run.ended, err: run.written.err }).toMatchObject({ code: 0 });
  expect(reportIn(run.written.out)).toMatchObject({ balanced: true });
});

it('a run that waits for its debugger ends when nobody reads what it says any more', async () => {
  const { run } = await waiting();
  run.child.stdout?.destroy();
  run.child.stderr?.destroy();
  // Killed: a thread that waits for its debugger would keep a process from ending in any other way.
  expect(await run.ended).toBe('SIGKILL');
});

it('no run begins whose debugger could not be let in', async () => {
  const port = await takenPort();
  const state = join(temporaryFolder(), 'state');
  const where = ['--functions', 'test/fixtures/orders', '--state', state];
  const { code, out, err } = await runFreshet('dev', ...where, '--inspect', `features=${port}`);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain(
    `error: No debugger can be let in.\n  --inspect: got ${port} (in use by another program); expected a port that is free. Fix: stop what has it, or write \`--inspect features=<another port>\`; in VS Code the port stands in .vscode/launch.json too.`,
  );
  expect(existsSync(state)).toBe(false);
});

it('a save that does not compile is on the page until it is mended', async () => {
  const { functions, edit } = editablePipeline('meters');
  // At this pace the recording takes years.
  const args = ['dev', '--functions', functions, '--state', temporaryFolder(), '--speed', '0.001', '--watch'];
  const run = startFreshetWith({ args, env: { CI: '' } });
  const url = await pageOf(run);
  const problem = async (): Promise<RunProblem | null> => (await stateOnPage(url, 'meters')).problem;
  expect(await problem()).toBeNull();
  edit('inference.ts', 'inspect: score >= 0.4,', 'inspect: score >= ,');
  await expect.poll(problem, { timeout: 45_000 }).not.toBeNull();
  expect(await problem()).toEqual({
    kind: 'build',
    text: expect.stringMatching(/^inference cannot be bundled:[^]*inference\.ts:\d+:\d+/) as string,
  });
  edit('inference.ts', 'inspect: score >= ,', 'inspect: score >= 0.4,');
  await expect.poll(problem, { timeout: 45_000 }).toBeNull();
});
