import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { devReport } from '../../../test/support/freshet-process.ts';
import type { DepartureLine } from '../recording.ts';
import type { Weather } from '../schemas.ts';
import type { Static } from 'typebox';

vi.setConfig({ testTimeout: 120_000 });

const data = fileURLToPath(new URL('../../../data/', import.meta.url));

/** The 16th of January, told of the 11th of April. */
const [then, now] = ['2013-01-16', '2013-04-11'];
const linesOf = (name: string): readonly unknown[] =>
  gunzipSync(readFileSync(`${data}${name}-2013-01.ndjson.gz`))
    .toString('utf8')
    .split('\n')
    .filter((line) => line.includes(`"${then}T`))
    .map((line): unknown =>
      JSON.parse(line.replaceAll(then, now).replaceAll(then.replaceAll('-', ''), now.replaceAll('-', ''))),
    );

/** More are cancelled than were. */
const departures = (linesOf('departures') as readonly DepartureLine[]).map((line, index) =>
  index % 20 === 7 ? { ...line, departure: null, departureDelayMin: null } : line,
);
const cancelled = departures.filter(({ departure }) => departure === null).length;

/** One station says nothing all day, and the others are silent for four hours. */
const weather = (linesOf('weather') as readonly Static<typeof Weather>[]).filter(
  ({ station, observed }) => station !== 'LGA' && !/T1[4-7]:/.test(observed),
);

const ndjson = (lines: readonly unknown[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');

it('another recording of the same shape runs as it is: another month, gaps in the weather, cancelled flights', async () => {
  const half = Math.floor(departures.length / 2);
  const folder = temporaryFolder({
    'departures-2013-04-a.ndjson': ndjson(departures.slice(0, half)),
    'departures-2013-04-b.ndjson.gz': gzipSync(ndjson(departures.slice(half))),
    'weather.ndjson.gz': gzipSync(ndjson(weather)),
  });
  const run = ['departure-delay', '--input', folder, '--state', temporaryFolder(), '--fast'];
  const first = await devReport(...run);
  const { input, stages, effects, receiver, quality } = first;
  expect(cancelled).toBeGreaterThan(20);
  expect(first).toMatchObject({ balanced: true, isComplete: true });
  expect(input).toEqual({
    boarding: departures.length,
    recorded: departures.length - cancelled,
    weather: weather.length,
    rejected: 0,
  });
  expect(stages['features']?.verdicts).toEqual({ done: input['boarding'], 'state-only': input['recorded'] });
  expect(quality.decisions).toBe(departures.length);
  expect(effects.done).toBeGreaterThan(10);
  expect(effects.done + effects.suppressed).toBe(departures.length);
  expect(receiver).toEqual({ requests: effects.done, distinctKeys: effects.done, duplicateEffects: 0 });

  const second = await devReport(...run);
  expect(second).toMatchObject({
    balanced: true,
    effects,
    receiver: { distinctKeys: effects.done, duplicateEffects: 0 },
  });
});
