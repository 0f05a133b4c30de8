/**
 * `npm run drill -- [--kills 20] [--from …] [--to …] [--redeliver 0.1] [--split 0.1] [--seed 1]`
 *
 * Runs a pipeline to its end undisturbed, and again with `kill -9` at random moments; then compares: every event that asks
 * has one decision, each effect was had once, and the rows are equal, byte for byte.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { booksOf, differences, recordsIn, tooLate } from './books.ts';

const root = resolve(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    pipeline: { type: 'string', default: 'departure-delay' },
    functions: { type: 'string', default: 'functions' },
    asks: { type: 'string', default: 'boarding' },
    from: { type: 'string' },
    to: { type: 'string' },
    redeliver: { type: 'string' },
    split: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});

const option = (name: 'from' | 'to' | 'redeliver' | 'split'): readonly string[] =>
  values[name] === undefined ? [] : [`--${name}`, values[name]];

const range = [...option('from'), ...option('to')];
const chaos = [...option('redeliver'), ...option('split'), '--seed', values.seed];

interface Ended {
  readonly wasKilled: boolean;
  readonly code: number | null;
  readonly output: string;
}

/** Runs `freshet dev` in a process group of its own; `killAfterMs` after its first new record the whole group is ended. */
const dev = (state: string, args: readonly string[], killAfterMs: number | undefined): Promise<Ended> =>
  new Promise((end) => {
    const command = [
      'bin/freshet.mjs',
      'dev',
      values.pipeline,
      '--functions',
      values.functions,
      '--fast',
      '--once',
    ];
    const child = spawn(process.execPath, [...command, '--state', state, '--output', 'json', ...args], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let wasKilled = false;
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    let timer: NodeJS.Timeout | undefined;
    const before = recordsIn(state);
    // A kill while the bundles are made would show little: the work has to have begun.
    const watch = setInterval(() => {
      if (killAfterMs === undefined || timer !== undefined || recordsIn(state) === before) return;
      timer = setTimeout(() => {
        wasKilled = true;
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      }, killAfterMs);
    }, 20);
    child.on('close', (code) => {
      clearInterval(watch);
      clearTimeout(timer);
      end({ wasKilled, code, output });
    });
  });

/** A small linear congruential generator: the same seed kills at the same moments. */
const randomOf = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
};

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const drill = async (folder: string): Promise<boolean> => {
  const [calm, disturbed] = [join(folder, 'calm'), join(folder, 'disturbed')];
  const startedAt = performance.now();
  const undisturbed = await dev(calm, range, undefined);
  const wholeMs = performance.now() - startedAt;
  if (undisturbed.code !== 0) {
    say(`the undisturbed run ended with ${undisturbed.code}:\n${undisturbed.output.slice(-2_000)}`);
    return false;
  }
  say(`undisturbed: ${Math.round(wholeMs / 1_000)} s`);
  const random = randomOf(Number(values.seed));
  let kills = 0;
  for (let tries = 0; kills < Number(values.kills) && tries < Number(values.kills) * 3; tries += 1) {
    const afterMs = random() * Math.max(200, (wholeMs / Number(values.kills)) * 1.2);
    const ended = await dev(disturbed, [...range, ...chaos], afterMs);
    if (ended.wasKilled) kills += 1;
    else if (ended.code === 0) break;
    else {
      say(`a run ended with ${ended.code} before it was killed:\n${ended.output.slice(-2_000)}`);
      return false;
    }
  }
  say(`killed ${kills} times`);
  const last = await dev(disturbed, [...range, ...chaos], undefined);
  if (last.code !== 0) {
    say(`the last run ended with ${last.code}:\n${last.output.slice(-2_000)}`);
    return false;
  }
  const [expected, actual] = [
    await booksOf(calm, values.pipeline),
    await booksOf(disturbed, values.pipeline),
  ];
  const report = JSON.parse(last.output.slice(last.output.indexOf('{'))) as { readonly balanced: boolean };
  const found = [
    ...differences(expected, actual, values.asks),
    ...(report.balanced ? [] : ['the last report is not balanced']),
    ...(kills === Number(values.kills)
      ? []
      : [
          `it was killed ${kills} times before it was done, ${values.kills} were wanted: give it a longer recording`,
        ]),
  ];
  const asked = actual.published.filter(({ type }) => type === values.asks).length;
  const decided = new Set(actual.decisions.map(({ id }) => id)).size;
  const late = tooLate(expected, actual).length;
  const lateText =
    late === 0 ? '' : ` (${late} more came after their deadline, and were suppressed as the contract says)`;
  say(
    found.length === 0
      ? `${asked} events that ask, ${decided} decisions (${actual.decisions.length - decided} emitted again), ${actual.effects.length} effects${lateText}, ${actual.rows.size} rows: all as in the undisturbed run`
      : found.join('\n'),
  );
  return found.length === 0;
};

const folder = await mkdtemp(join(tmpdir(), 'freshet-drill-'));
try {
  process.exitCode = (await drill(folder)) ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
