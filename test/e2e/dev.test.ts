import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { openEmbedded } from '../../lib/adapters/sqlite/embedded.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import type { Segment } from '../../lib/core/ports/stage-ports.ts';
import type { Quantiles } from '../../lib/local/report/quantiles.ts';
import type { RunReport } from '../../lib/local/report/report.ts';
import { noticesIn } from '../support/settled-text.ts';
import { suiteFolder, temporaryFolder } from '../support/folder.ts';
import { devReport, runFreshet, startFreshet, until } from '../support/freshet-process.ts';

// Whole processes: a machine that is busy with other tests takes its time over them.
vi.setConfig({ testTimeout: 60_000 });

const pipeline = (name: string): readonly string[] => ['--functions', `test/fixtures/${name}`];
const requestsOf = (folder: string): readonly string[] => {
  const journal = join(folder, 'receiver.ndjson');
  return existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').filter(Boolean) : [];
};
const bodiesOf = (folder: string): readonly string[] =>
  requestsOf(folder)
    .map((line) => JSON.parse(line) as { readonly did: string; readonly body: unknown })
    .filter(({ did }) => did === 'effect')
    .map(({ body }) => JSON.stringify(body))
    .toSorted();
const rowsOf = async (folder: string, name: string, entities: readonly string[]): Promise<unknown> => {
  const embedded = openEmbedded({ folder, pipeline: name, clock: systemClock });
  try {
    return await embedded.rows.read(entities);
  } finally {
    embedded.close();
  }
};
/** Distinct records of each stage, by what became of them; re-emitted ones have coordinates of their own. */
const books = ({ stages }: RunReport): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(stages).map(([name, { consumed, verdicts }]) => [name, { consumed, verdicts }]),
  );

const segments: readonly Segment[] = ['append', 'receive', 'process', 'external', 'emit'];

/** How fresh each stage was, and how long each segment took, of each stage and of the whole chain. */
const timesOf = ({ stages, segmentsMs }: RunReport): readonly (readonly [string, Quantiles | null])[] => [
  ...Object.entries(stages).flatMap(([name, stage]) => [
    [name, stage.freshnessMs] as const,
    ...segments.map((segment) => [`${name}.${segment}`, stage.segmentsMs[segment]] as const),
  ]),
  ...segments.map((segment) => [segment, segmentsMs[segment]] as const),
];

/** Whether something was measured, and its quantiles are in order. */
const isTimes = (times: Quantiles | null): boolean =>
  times !== null &&
  [times.p50, times.p99, times.max].every((ms) => Number.isFinite(ms)) &&
  times.p50 >= 0 &&
  times.p50 <= times.p99 &&
  times.p99 <= times.max;

describe('freshet dev', () => {
  const whole = suiteFolder();
  let played: Promise<RunReport> | undefined;
  /** The meters from beginning to end, once for all who compare with it. */
  const undisturbedRun = (): Promise<RunReport> =>
    (played ??= devReport(...pipeline('meters'), '--state', whole, '--fast'));

  it('plays a recording through all stages, and the books balance', async () => {
    const report = await undisturbedRun();
    expect(report).toMatchObject({
      pipeline: 'meters',
      isComplete: true,
      balanced: true,
      input: { reading: 35, replaced: 1, heartbeat: 2, weather: 8, rejected: 0 },
      effects: { done: 5, suppressed: 25, failed: 0, inDoubt: 0 },
      receiver: { requests: 5, distinctKeys: 5, duplicateEffects: 0 },
      quality: { positives: 4, decisions: 30, judged: 30, precision: 0.6, recall: 0.75 },
    });
    expect(books(report)).toEqual({
      'context-weather': { consumed: 8, verdicts: { 'state-only': 8 } },
      features: { consumed: 38, verdicts: { done: 30, 'ignored(heartbeat)': 2, 'state-only': 6 } },
      inference: { consumed: 30, verdicts: { done: 30 } },
      action: { consumed: 30, verdicts: { done: 5, 'suppressed(explained)': 25 } },
    });
    expect(Object.values(report.stages).map(({ emitted }) => emitted)).toEqual([0, 30, 30, 30]);
    for (const { freshnessMs } of Object.values(report.stages)) expect(freshnessMs?.p99).toBeGreaterThan(0);
    for (const { segmentsMs } of [report, ...Object.values(report.stages)])
      expect(Object.keys(segmentsMs)).toEqual(segments);
    expect(timesOf(report)).toHaveLength(4 * 6 + 5);
    expect(timesOf(report).filter(([, times]) => !isTimes(times))).toEqual([]);
  });

  it('shows people the first effect, stays up until it is interrupted, and reports then, without colours off a terminal', async () => {
    const folder = temporaryFolder();
    const run = startFreshet('dev', ...pipeline('orders'), '--state', folder, '--fast');
    await until(
      'the end of the recording',
      () => run.written.out.includes('stays up until Ctrl-C'),
      () => run.written.err,
    );
    run.child.kill('SIGTERM');
    expect({ code: await run.ended, err: run.written.err }).toEqual({ code: 0, err: '' });
    const { out } = run.written;
    expect(out).toMatch(/First effect: hold o-\d+/);
    expect(out).toMatch(/by segment: append .* \+ receive .* \+ process .* \+ external .* \+ emit /);
    const next = `effects list --which done --functions ${pipeline('orders')[1] ?? ''} --state ${folder}`;
    expect(out).toContain(`next       in another terminal: npx freshet ${next}\n`);
    expect((await runFreshet(...next.split(' '))).out).toMatch(/DONE/);
    expect(out).toMatch(/ {2}features +40 +40 +=/);
    expect(out.match(/balanced {3}yes/g)).toHaveLength(1);
    expect(out).not.toContain('\u001B');
  });

  it('goes on where it ended: a second run has nothing to do and repeats nothing', async () => {
    const first = await undisturbedRun();
    const requests = requestsOf(whole);
    expect(requests).toHaveLength(5);
    const second = await devReport(...pipeline('meters'), '--state', whole, '--fast');
    expect(requestsOf(whole)).toEqual(requests);
    expect([second.input, books(second), second.effects, second.quality]).toEqual([
      first.input,
      books(first),
      first.effects,
      first.quality,
    ]);
    expect(second.balanced).toBe(true);
    // The same for people: it ends by itself, and says so once.
    const args = [...pipeline('meters'), '--state', whole, '--fast', '--once'];
    const { code, out, err } = await runFreshet('dev', ...args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.match(/balanced {3}yes/g)).toHaveLength(1);
    expect(requestsOf(whole)).toEqual(requests);
  });

  it('loses nothing and does nothing twice when it is killed in the middle', async () => {
    const killed = temporaryFolder();
    const undisturbed = await undisturbedRun();
    // Slow enough to be killed between effects: the recording is of half a day.
    const run = startFreshet('dev', ...pipeline('meters'), '--state', killed, '--speed', '20000', '--once');
    await until(
      'the first effect',
      () => requestsOf(killed).length > 0,
      () => run.written.err,
    );
    run.child.kill('SIGKILL');
    expect(await run.ended).toBe('SIGKILL');
    expect(run.written.out).not.toContain('balanced');

    const report = await devReport(...pipeline('meters'), '--state', killed, '--fast');
    expect(report).toMatchObject({
      balanced: true,
      isComplete: true,
      input: undisturbed.input,
      effects: undisturbed.effects,
      quality: undisturbed.quality,
    });
    expect(report.receiver).toMatchObject({ distinctKeys: 5, duplicateEffects: 0 });
    expect(bodiesOf(killed)).toEqual(bodiesOf(whole));
    const districts = ['north', 'south', 'east', 'west'];
    expect(await rowsOf(killed, 'meters', districts)).toEqual(await rowsOf(whole, 'meters', districts));
  });

  it('does nothing twice when batches are delivered again and in parts', async () => {
    const folder = temporaryFolder();
    const drill = ['--redeliver', '0.5', '--split', '0.5', '--seed', '3'];
    const report = await devReport(...pipeline('meters'), '--state', folder, '--fast', ...drill);
    expect(report).toMatchObject({
      balanced: true,
      effects: { done: 5, suppressed: 25, failed: 0, inDoubt: 0 },
      receiver: { distinctKeys: 5, duplicateEffects: 0 },
      quality: { decisions: 30 },
    });
    // More than the chain needs: the drill did take place.
    expect(report.stages['inference']?.emitted).toBeGreaterThan(30);
  });

  it('drains and reports on an interrupt, and ends well', async () => {
    const folder = temporaryFolder();
    const run = startFreshet(
      'dev',
      ...pipeline('orders'),
      '--state',
      folder,
      '--output',
      'json',
      '--speed',
      '100',
    );
    await until(
      'the first event',
      () => existsSync(join(folder, 'receiver.ndjson')),
      () => run.written.err,
    );
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(0);
    expect(JSON.parse(run.written.out)).toMatchObject({
      pipeline: 'orders',
      isComplete: false,
      balanced: true,
    });
  });

  it('ends while its action is paused, and the next run does what had to wait', async () => {
    const folder = temporaryFolder();
    const args = [...pipeline('orders'), '--state', folder];
    const run = startFreshet('dev', ...args, '--fast', '--output', 'json');
    await until(
      'the state',
      () => existsSync(join(folder, 'run.json')),
      () => run.written.err,
    );
    // Whatever was sent until now: what is not, waits.
    expect(await runFreshet('pause', 'action', ...args)).toMatchObject({ code: 0 });
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(0);
    expect(run.written.err).toContain(
      `\`npx freshet resume action ${args.join(' ')}\` and another \`npx freshet dev ${args.join(' ')}\``,
    );

    expect(await runFreshet('resume', 'action', ...args)).toMatchObject({ code: 0 });
    const report = await devReport(...args, '--fast');
    expect(report).toMatchObject({ balanced: true, isComplete: true, effects: { done: 4, inDoubt: 0 } });
    expect(requestsOf(folder)).toHaveLength(4);
  });

  it('says what is wrong with a function that does not start, and ends', async () => {
    const fixture = fileURLToPath(new URL('../fixtures/orders', import.meta.url));
    const again = (file: string, what: string): string => `export { ${what} } from '${fixture}/${file}';`;
    const functions = temporaryFolder({
      'orders/contract.ts': again('contract.ts', 'contract'),
      'orders/recording.ts': again('recording.ts', 'recording'),
      'orders/inference.ts': again('inference.ts', 'handler'),
      'orders/action.ts': again('action.ts', 'action, handler'),
      'orders/features.ts': `export const handler = (() => { throw new Error('no model here'); })();`,
    });
    const { code, err } = await runFreshet(
      'dev',
      '--functions',
      functions,
      '--state',
      temporaryFolder(),
      '--once',
    );
    expect(code).toBe(1);
    expect(err).toMatch(/features: got "no model here" \(\S+orders\/features\.ts:1:39\), 3 times in a row;/);
  });

  it('accounts for stages that throw, hang and return the wrong shape', async () => {
    const folder = temporaryFolder();
    const args = [...pipeline('faults'), '--state', folder, '--fast', '--once'];
    const { out, err } = await runFreshet('dev', ...args, '--output', 'json');
    const report = JSON.parse(out) as RunReport;
    // What is told of each: where in the code, what was expected, how to mend it.
    expect(noticesIn(err)).toMatchSnapshot();
    // A message may quote a record: the log of the functions has its class alone.
    const logged = readFileSync(join(folder, 'functions.log'), 'utf8');
    expect(logged).toContain('"attempts failed"');
    expect(logged).not.toContain('the model broke');
    expect(report).toMatchObject({ balanced: true, effects: { done: 9, failed: 1, inDoubt: 0 } });
    expect(books(report)).toEqual({
      features: {
        consumed: 17,
        verdicts: {
          done: 13,
          'dead-lettered(function-threw)': 1,
          'dead-lettered(output-mismatch)': 1,
          'dead-lettered(unknown-type)': 1,
          'mapping-gave-up': 1,
        },
      },
      inference: {
        consumed: 13,
        verdicts: { done: 10, 'dead-lettered(gave-up)': 2, 'dead-lettered(output-mismatch)': 1 },
      },
      action: { consumed: 10, verdicts: { done: 9, 'dead-lettered(function-threw)': 1 } },
    });
  });
});
