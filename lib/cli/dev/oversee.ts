import { setTimeout as pause } from 'node:timers/promises';
import type { LocalRun } from '../../local/local-run.ts';
import type { RunReport } from '../../local/report/report.ts';
import type { DevScreen } from './dev-screen.ts';
import type { Interrupts } from './interrupts.ts';

const lookEveryMs = 250;

export interface Overseen {
  readonly isOnce: boolean;
  readonly interrupts: Interrupts;
  readonly screen: DevScreen;
  /** The recording is over and all of it processed, but the run goes on. */
  readonly onPlayed: (report: RunReport) => void;
}

/** Shows how it goes until `done`. */
const watch = async (run: LocalRun, screen: DevScreen, done: AbortSignal): Promise<void> => {
  while (!done.aborted) {
    const progress = await run.progress();
    if (!done.aborted) screen.show(progress, Date.now());
    await pause(lookEveryMs, undefined, { signal: done }).catch(() => {});
  }
};

/** A paused action cannot be drained: whoever interrupts then leaves its decisions to the next run. */
const drain = async (run: LocalRun, interrupts: Interrupts): Promise<void> => {
  const drained = run.drain({ withAction: true }).then(() => true);
  while (!(await Promise.race([drained, pause(lookEveryMs, false)])))
    if (interrupts.isInterrupted && run.isPaused) return run.drain({ withAction: false });
};

const playThrough = async (run: LocalRun, { isOnce, interrupts, onPlayed }: Overseen): Promise<void> => {
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
 * @returns `undefined` where it was stopped at once, by a second Ctrl-C
 * @throws {ConfigError} where a function cannot run at all
 */
export const oversee = async (run: LocalRun, overseen: Overseen): Promise<RunReport | undefined> => {
  const done = new AbortController();
  const watching = watch(run, overseen.screen, done.signal);
  try {
    const end = playThrough(run, overseen).then(() => 'played' as const);
    const stopped = overseen.interrupts.second.then(() => 'stopped' as const);
    const how = await Promise.race([end, stopped, run.broken, watching.then(() => 'played' as const)]);
    if (how === 'stopped') return undefined;
    return await run.report();
  } finally {
    done.abort();
    overseen.screen.clear();
  }
};
