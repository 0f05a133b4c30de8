import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openEmbedded } from '../../../lib/adapters/sqlite/embedded.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { folderDigest } from '../../../test/support/folder-digest.ts';
import { devReport, runFreshet, startFreshet, until } from '../../../test/support/freshet-process.ts';

// Whole processes: a machine that is busy with other tests takes its time over them.
vi.setConfig({ testTimeout: 120_000 });

/** A Wednesday of bad weather: flights are late, and some are cancelled. */
const day = ['departure-delay', '--fast', '--from', '2013-01-16', '--to', '2013-01-17'];

const warnings = (folder: string): readonly string[] => {
  const journal = join(folder, 'receiver.ndjson');
  const lines = existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').filter(Boolean) : [];
  return lines
    .map((line) => JSON.parse(line) as { readonly did: string; readonly body: { readonly flight: string } })
    .filter(({ did }) => did === 'effect')
    .map(({ body }) => JSON.stringify(body))
    .toSorted();
};
const boards = async (folder: string): Promise<unknown> => {
  const embedded = openEmbedded({ folder, pipeline: 'departure-delay', clock: systemClock });
  try {
    return await embedded.rows.read(['EWR', 'JFK', 'LGA']);
  } finally {
    embedded.close();
  }
};

/** Where a topic has a record. */
const placeIn = async (folder: string, topic: string): Promise<string> => {
  const embedded = openEmbedded({ folder, pipeline: 'departure-delay', clock: systemClock });
  try {
    const filled = (await embedded.log.offsets(topic)).find(({ earliest, end }) => end > earliest);
    return `${topic}/${filled?.partition}/${filled?.earliest}`;
  } finally {
    embedded.close();
  }
};

it('plays a day of flights: one decision for each boarding, and each warning once, also through kills', async () => {
  const [whole, killed] = [temporaryFolder(), temporaryFolder()];
  const undisturbed = await devReport(...day, '--state', whole);
  const { input, stages, effects, receiver, quality } = undisturbed;
  expect(undisturbed).toMatchObject({ balanced: true, isComplete: true });
  expect(input['boarding']).toBeGreaterThan(800);
  expect(stages['features']?.verdicts).toEqual({ done: input['boarding'], 'state-only': input['recorded'] });
  expect(stages['inference']?.verdicts).toEqual({ done: input['boarding'] });
  expect(quality.decisions).toBe(input['boarding']);
  expect(effects.done).toBeGreaterThan(10);
  expect(effects.done + effects.suppressed).toBe(input['boarding']);
  expect(receiver).toEqual({ requests: effects.done, distinctKeys: effects.done, duplicateEffects: 0 });
  expect(quality.auc).toBeGreaterThan(0.6);

  // What became of a flight can be looked at again, stage by stage, and leaves no trace.
  const looked = [
    ['features', await placeIn(whole, 'dev.flights.departure.observed'), 'fenced'],
    ['inference', await placeIn(whole, 'dev.flights.departure-delay.vector'), 'done'],
    ['action', await placeIn(whole, 'dev.flights.departure-delay.decision'), '^done|^suppressed'],
  ] as const;
  const before = folderDigest(whole);
  const place = ['departure-delay', '--state', whole, '--observe', '--output', 'json'];
  for (const [stage, at, verdict] of looked) {
    const { code, out, err } = await runFreshet('invoke', stage, ...place, '--at', at);
    expect({ stage, code, err }).toEqual({ stage, code: 0, err: '' });
    const { records } = JSON.parse(out) as { readonly records: readonly { readonly verdict: string }[] };
    expect(records).toEqual([{ at, verdict: expect.stringMatching(verdict) as unknown }]);
  }
  expect(folderDigest(whole)).toEqual(before);

  const run = startFreshet('dev', ...day, '--state', killed, '--once', '--output', 'json');
  await until(
    'some warnings',
    () => warnings(killed).length > effects.done / 4,
    () => run.written.err,
  );
  run.child.kill('SIGKILL');
  expect(await run.ended).toBe('SIGKILL');
  expect(warnings(killed).length).toBeLessThan(effects.done);

  const finished = await devReport(...day, '--state', killed);
  expect(finished).toMatchObject({
    balanced: true,
    isComplete: true,
    input,
    effects,
    quality,
    receiver: { distinctKeys: effects.done, duplicateEffects: 0 },
  });
  expect(warnings(killed)).toEqual(warnings(whole));
  expect(await boards(killed)).toEqual(await boards(whole));
});
