import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { onInterruptOf } from '../../../lib/cli/process-interrupts.ts';

/** A process that is sent signals by hand, and a clock that is set by hand. */
const interrupted = (): {
  readonly heard: readonly number[];
  readonly signal: (name: string, atMs: number) => boolean;
  readonly release: () => void;
} => {
  const source = new EventEmitter();
  const heard: number[] = [];
  let now = 0;
  const release = onInterruptOf(source, () => now)((count) => heard.push(count));
  return {
    heard,
    signal: (name, atMs) => {
      now = atMs;
      return source.emit(name);
    },
    release,
  };
};

describe('interrupts', () => {
  it('are counted, whatever the signal', () => {
    const { heard, signal } = interrupted();
    signal('SIGINT', 1_000);
    signal('SIGTERM', 2_000);
    signal('SIGHUP', 3_000);
    expect(heard).toEqual([1, 2, 3]);
  });

  it('are one where npm hands on what the terminal has sent already', () => {
    const { heard, signal } = interrupted();
    signal('SIGINT', 1_000);
    signal('SIGINT', 1_000);
    signal('SIGTERM', 1_050);
    expect(heard).toEqual([1]);
    // The first that counts is the measure: a stream of signals cannot keep the second from coming.
    signal('SIGINT', 1_199);
    signal('SIGINT', 1_200);
    expect(heard).toEqual([1, 2]);
  });

  it('are let go of', () => {
    const { heard, signal, release } = interrupted();
    release();
    expect(signal('SIGINT', 1_000)).toBe(false);
    expect(heard).toEqual([]);
  });
});
