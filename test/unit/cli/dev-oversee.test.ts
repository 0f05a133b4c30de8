import { describe, expect, it } from 'vitest';
import { Interrupts } from '../../../lib/cli/dev/interrupts.ts';
import { oversee, type OverseenRun } from '../../../lib/cli/dev/oversee.ts';
import { TransientError } from '../../../lib/core/errors.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import type { Progress } from '../../../lib/local/local-run.ts';
import type { RunReport } from '../../../lib/local/report/report.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';

const progress: Progress = {
  simulated: epochMsOf(0),
  played: 1,
  toPlay: 1,
  stages: [],
  effects: 0,
  isPaused: false,
};

/** A run that is over once it was looked at so often; `faults` are thrown by the first looks. */
const overseen = async (faults: readonly ('LOG_UNAVAILABLE' | 'STORE_UNAVAILABLE')[], looks: number) => {
  const over = Promise.withResolvers<void>();
  const said: string[] = [];
  let shown = 0;
  let asked = 0;
  const run: OverseenRun = {
    isPaused: false,
    broken: new Promise<never>(() => {}),
    play: () => over.promise,
    stopPlaying: () => {},
    drain: async () => {},
    report: async () => ({ pipeline: 'p' }) as RunReport,
    progress: async () => {
      const code = faults[asked];
      asked += 1;
      if (asked >= looks) over.resolve();
      if (code !== undefined) throw new TransientError(code, { message: 'away' });
      return progress;
    },
  };
  const screen = {
    screen: fakeTerminal().out,
    show: () => void (shown += 1),
    print: (text: string) => void said.push(text),
    clear: () => {},
  };
  const report = await oversee(run, {
    isOnce: true,
    interrupts: new Interrupts(() => () => {}),
    screen,
    onPlayed: () => {},
  });
  return { report, said, shown };
};

describe('whoever oversees a run', () => {
  it('waits for a log that is away, and says so once', async () => {
    const { report, said, shown } = await overseen(['LOG_UNAVAILABLE', 'LOG_UNAVAILABLE'], 4);
    expect(report.pipeline).toBe('p');
    expect(said).toEqual(['waiting for the log: away']);
    expect(shown).toBeGreaterThan(0);
  });

  it('waits for nothing else', async () => {
    await expect(overseen(['STORE_UNAVAILABLE'], 4)).rejects.toThrow('away');
  });
});
