import { expect, it, onTestFinished } from 'vitest';
import { DevScreen } from '../../../lib/cli/dev/dev-screen.ts';
import { Interrupts } from '../../../lib/cli/dev/interrupts.ts';
import { oversee } from '../../../lib/cli/dev/oversee.ts';
import type { EventLog } from '../../../lib/core/ports/event-log.ts';
import { openStateFolder } from '../../../lib/local/state/state-folder.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { preparedFixture, startedRun } from '../../support/fixture-run.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { placed } from '../../support/orders-stages.ts';

/** A log that answers with what no log holds: the mapping of whoever reads it cannot go on. */
const impossible = (log: EventLog): EventLog =>
  new Proxy(log, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (name === 'read') return async () => [undefined];
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });

it('ends at once, and lets go of everything, where a mapping meets a fault of its own', async () => {
  const folder = temporaryFolder();
  const sound = await preparedFixture('orders', folder);
  const platform = { ...sound.platform, log: impossible(sound.platform.log) };
  // At this pace the recording takes years.
  const run = await startedRun({ ...sound, platform }, { kind: 'paced', factor: 0.000_1 });
  const { out } = fakeTerminal();
  const overseen = {
    isOnce: true,
    interrupts: new Interrupts(() => () => {}),
    screen: new DevScreen(out, { pipeline: 'orders', resume: '' }, 0),
    onPlayed: () => {},
  };
  await expect(oversee(run, overseen)).rejects.toThrow(TypeError);
  await expect(run.close()).rejects.toThrow(TypeError);
  openStateFolder({ folder, reset: false }).release();
});

it('has at most 600 records on their way as fast as it goes, at whichever stage they wait, and goes on once they are settled', async () => {
  const orders = Array.from({ length: 700 }, (_, index) =>
    JSON.stringify(placed(`o${index}`, { customer: `c${index % 40}`, quantity: 1 })),
  );
  const input = temporaryFolder({ 'orders.ndjson': orders.join('\n') });
  const run = await startedRun(await preparedFixture('orders', temporaryFolder(), input), { kind: 'fast' });
  onTestFinished(() => run.close());
  const { stages } = run.parts.chain;
  for (const { source } of stages) await source.disable();
  const playing = run.play();
  for (const { positions, source } of stages) {
    // Room for less than a hundred is none.
    const allWaitHere = async (): Promise<boolean> =>
      run.played > 500 && (await positions.lag()) === run.played;
    await expect.poll(allWaitHere, { timeout: 30_000 }).toBe(true);
    expect(run.played).toBe(600);
    await source.enable();
  }
  await playing;
  expect(run.played).toBe(700);
});
