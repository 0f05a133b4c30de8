import type { EventEmitter } from 'node:events';
import type { CommandContext } from './command.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Nobody presses Ctrl-C twice this fast. */
export const sameInterruptMs = 200;

/**
 * Ctrl-C and its kin, told to a listener instead of ending the process.
 *
 * One Ctrl-C may come as two signals: the terminal sends it to all of its processes, and npm, npx and timeout hand it on to
 * their child besides. Taken for two it would stop at once what is to end well.
 *
 * @param source - emits signals by their names: a process
 * @param nowMs - a clock that only moves forward
 */
export const onInterruptOf =
  (source: Pick<EventEmitter, 'on' | 'off'>, nowMs: () => number): CommandContext['onInterrupt'] =>
  (listener) => {
    let count = 0;
    let lastAt = Number.NEGATIVE_INFINITY;
    const interrupted = (): void => {
      const now = nowMs();
      if (now - lastAt < sameInterruptMs) return;
      lastAt = now;
      count += 1;
      listener(count);
    };
    for (const signal of signals) source.on(signal, interrupted);
    return () => {
      for (const signal of signals) source.off(signal, interrupted);
    };
  };
