/**
 * `npm run soak -- [--minutes 60]`
 *
 * Plays a month of flights in so many minutes with the page open in a real browser, which goes from view to view, and weighs
 * both after each sixtieth of the time. Fails where either grows.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { launchBrowser } from '../browser/launch.ts';
import { viewPaths } from '../browser/view-paths.ts';
import { growth, whenFull, whileFilling, type Sample } from './flat.ts';
import { Inspected } from './inspected.ts';

const root = resolve(import.meta.dirname, '../..');
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  process.stderr.write(`--minutes: got "${values.minutes}"; expected a number above 0.\n`);
  process.exit(2);
}

const monthSeconds = 31 * 86_400;
const sampleCount = 60;
const startMs = 60_000;

const mb = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

/** The first match in what a process writes. */
const awaited = async (what: string, text: () => string, pattern: RegExp): Promise<string> => {
  const giveUpAt = performance.now() + startMs;
  for (;;) {
    const found = pattern.exec(text())?.[1];
    if (found !== undefined) return found;
    if (performance.now() > giveUpAt) throw new Error(`waited ${startMs} ms for ${what}: ${text()}`);
    await pause(50);
  }
};

const soak = async (state: string): Promise<readonly Sample[]> => {
  const dev = spawn(
    process.execPath,
    [
      '--inspect=127.0.0.1:0',
      'bin/freshet.mjs',
      'dev',
      'departure-delay',
      '--state',
      state,
      '--speed',
      String(Math.round(monthSeconds / (minutes * 60))),
    ],
    // In CI nobody is there to look at a page.
    { cwd: root, env: { ...process.env, CI: '', NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = once(dev, 'close');
  let written = '';
  for (const stream of [dev.stdout, dev.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      // What it says all the time is of no use here.
      written = (written + text).slice(-20_000);
    });
  const browser = await launchBrowser();
  try {
    const inspected = await Inspected.at(
      await awaited('the debugger', () => written, /listening on (ws:\/\/\S+)/),
    );
    const address = await awaited('the page', () => written, /see it heal: (http:\/\/\S+)/);
    const page = await browser.newPage({ locale: 'en-US' });
    const wrongs: string[] = [];
    page.on('pageerror', ({ message }) => wrongs.push(message));
    await page.goto(address);
    const client = await page.context().newCDPSession(page);
    await client.send('Performance.enable');
    const samples: Sample[] = [];
    const startedAt = performance.now();
    while (samples.length < sampleCount) {
      const number = samples.length + 1;
      const [name, path] = viewPaths[number % viewPaths.length] ?? ['overview', 'overview'];
      await page.evaluate(`location.hash = ${JSON.stringify(`#/departure-delay/${path}`)}`);
      const due = startedAt + (number / sampleCount) * minutes * 60_000;
      await Promise.race([pause(Math.max(0, due - performance.now())), ended]);
      if (dev.exitCode !== null) throw new Error(`the run ended with ${dev.exitCode}: ${written}`);
      if (wrongs.length > 0) throw new Error(`the page threw: ${wrongs.join(', ')}`);
      const { heap, rss } = await inspected.memory();
      await client.send('HeapProfiler.collectGarbage');
      const { metrics } = await client.send('Performance.getMetrics');
      const metric = (wanted: string): number => metrics.find((each) => each.name === wanted)?.value ?? 0;
      const minute = (performance.now() - startedAt) / 60_000;
      samples.push({ minute, server: heap, rss, page: metric('JSHeapUsedSize'), nodes: metric('Nodes') });
      process.stdout.write(
        `minute ${minute.toFixed(1)}, ${name}: server ${mb(heap)}, process ${mb(rss)}, page ${mb(metric('JSHeapUsedSize'))}, ${metric('Nodes')} nodes\n`,
      );
    }
    inspected.close();
    return samples;
  } finally {
    await browser.close();
    dev.kill('SIGINT');
    await ended;
  }
};

const state = await mkdtemp(join(tmpdir(), 'freshet-soak-'));
try {
  const grown = growth(await soak(state), minutes >= 60 ? whenFull : whileFilling);
  for (const { kind, before, after, isFlat } of grown) {
    const shown = kind === 'nodes' ? (count: number): string => String(Math.round(count)) : mb;
    process.stdout.write(
      `${kind}: ${shown(before)} in the second quarter, ${shown(after)} in the last: ${isFlat ? 'flat' : 'it grows'}\n`,
    );
  }
  process.exitCode = grown.every(({ isFlat }) => isFlat) ? 0 : 1;
} finally {
  await rm(state, { recursive: true, force: true });
}
