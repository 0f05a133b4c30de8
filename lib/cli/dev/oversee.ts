import { setTimeout as pause } from 'node:timers/promises';
import { messageOf, TransientError } from '../../core/errors.ts';
import type { LocalRun } from '../../local/local-run.ts';
import type { RunReport } from '../../local/report/report.ts';
import type { DevScreen } from './dev-screen.ts';
import type { Interrupts } from './interrupts.ts';

const lookEveryMs = 250;
/** Off a terminal nothing is drawn, and a line comes every few seconds: after a while, a second is soon enough. */
const slower = (pauseMs: number): number => Math.min(1_000, pauseMs * 1.1);
/** A broker that is restarted is waited for, as the stages do; one that stays away is no longer than this. */
const longestOutageMs = 120_000;

/** What is asked of a run. */
export type OverseenRun = Pick<
  LocalRun,
  'play' | 'stopPlaying' | 'drain' | 'progress' | 'report' | 'broken' | 'isPaused'
>;

export interface Overseen {
  readonly isOnce: boolean;
  readonly interrupts: Interrupts;
  readonly screen: Pick<DevScreen, 'screen' | 'show' | 'print' | 'clear'>;
  /** The recording is over and all of it processed, but the run goes on. */
  readonly onPlayed: (report: RunReport) => void;
}

/** Shows how it goes until `done`. */
const watch = async (run: OverseenRun, screen: Overseen['screen'], done: AbortSignal): Promise<void> => {
  let awaySince: number | undefined;
  for (
    let pauseMs = lookEveryMs;
    !done.aborted;
    pauseMs = screen.screen.isTty ? lookEveryMs : slower(pauseMs)
  ) {
    try {
      const progress = await run.progress();
      awaySince = undefined;
      if (!done.aborted) screen.show(progress, Date.now());
    } catch (thrown) {
      if (!(thrown instanceof TransientError) || thrown.code !== 'LOG_UNAVAILABLE') throw thrown;
      if (awaySince === undefined) screen.print(`waiting for the log: ${messageOf(thrown)}`);
      awaySince ??= Date.now();
      if (Date.now() - awaySince > longestOutageMs) throw thrown;
    }
    await pause(pauseMs, undefined, { signal: done }).catch(() => {});
  }
};

/** A paused action cannot be drained: whoever interrupts then leaves its decisions to the next run. */
const drain = async (run: OverseenRun, interrupts: Interrupts): Promise<void> => {
  const over = new AbortController();
  const { signal } = over;
  const drained = run.drain({ withAction: true }).finally(() => over.abort());
  // Nobody waits for it any more where an interrupt leaves the action's part.
  drained.catch(() => {});
  // Not a race of the two: it would keep something of every look for as long as the action is paused.
  while (!signal.aborted) {
    await pause(lookEveryMs, undefined, { signal }).catch(() => {});
    if (!signal.aborted && interrupts.isInterrupted && run.isPaused) return run.drain({ withAction: false });
  }
  return drained;
};

const playThrough = async (run: OverseenRun, { isOnce, interrupts, onPlayed }: Overseen): Promise<void> => {
  const played = run.play();
  await Promise.race([played, interrupts.first]);
  run.stopPlaying();
  await played;
  await drain(run, interrupts);
  if (isOnce || interrupts.isInterrupted) return;
  onPlayed(await run.report());
  await interrupts.first;
  await drain(run, interrupts);
};

/**
 * Sees a run through to its report.
 *
 * @throws {ConfigError} where a function cannot run at all
 */
export const oversee = async (run: OverseenRun, overseen: Overseen): Promise<RunReport> => {
  const done = new AbortController();
  const watching = watch(run, overseen.screen, done.signal);
  try {
    await Promise.race([playThrough(run, overseen), run.broken, watching]);
    return await run.report();
  } finally {
    done.abort();
    overseen.screen.clear();
  }
};
