import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { pipelineFolderOf } from '../../../lib/build/discover.ts';
import { DevScreen } from '../../../lib/cli/dev/dev-screen.ts';
import { Interrupts } from '../../../lib/cli/dev/interrupts.ts';
import { oversee } from '../../../lib/cli/dev/oversee.ts';
import type { EventLog } from '../../../lib/core/ports/event-log.ts';
import { LocalRun } from '../../../lib/local/local-run.ts';
import { prepareRun } from '../../../lib/local/prepare-run.ts';
import { openStateFolder } from '../../../lib/local/state/state-folder.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { temporaryFolder } from '../../support/folder.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

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
  const sound = await prepareRun({
    root,
    pipeline: pipelineFolderOf(root, 'test/fixtures/orders'),
    folder,
    reset: false,
    input: undefined,
    range: { from: undefined, to: undefined },
    kafka: undefined,
    dynamodb: undefined,
  });
  const platform = { ...sound.platform, log: impossible(sound.platform.log) };
  const run = await LocalRun.start(
    { ...sound, platform },
    {
      // At this pace the recording takes years.
      speed: { kind: 'paced', factor: 0.000_1 },
      port: 0,
      chaos: undefined,
      variables: {},
      onFirstEffect: () => {},
      onTrouble: () => {},
      onLetter: () => {},
    },
  );
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
