import { promisify } from 'node:util';
import { standingNow } from './standing-now.ts';
import { lookAgainMs, type StandstillClock } from './standstill-clock.ts';

type Callback = (...args: readonly unknown[]) => void;

const replace = (target: object, name: string | symbol, value: unknown): void => {
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
};

/** A timeout that was over while time stood still is armed again, for what was left of it. */
const standTimeouts = (clock: StandstillClock): typeof setTimeout => {
  const { setTimeout: wallTimeout, clearTimeout: clearWall } = globalThis;
  /** By what was handed out: the timeout that runs in its place now. */
  const successors = new WeakMap<object, NodeJS.Timeout>();
  const standing = (callback: Callback, ms = 1, ...args: readonly unknown[]): NodeJS.Timeout => {
    const due = clock.now() + ms;
    const behindMs = clock.behindMs;
    const ring = (): void => {
      const hasStood = clock.behindMs === undefined || clock.behindMs !== behindMs;
      const leftMs = hasStood ? due - clock.now() : 0;
      if (leftMs <= 0) {
        callback(...args);
        return;
      }
      const successor = wallTimeout(ring, Math.max(leftMs, lookAgainMs));
      if (!handle.hasRef()) successor.unref();
      successors.set(handle, successor);
    };
    const handle = wallTimeout(ring, ms);
    return handle;
  };
  replace(standing, promisify.custom, Reflect.get(wallTimeout, promisify.custom));
  replace(globalThis, 'setTimeout', standing);
  replace(globalThis, 'clearTimeout', (handle: NodeJS.Timeout | number | string | undefined): void => {
    clearWall(handle);
    if (typeof handle === 'object') clearWall(successors.get(handle));
  });
  return standing as unknown as typeof setTimeout;
};

/**
 * Makes the time of this thread the run's: what the handler and all that it uses read and wait for stands still with it, as in a
 * virtual machine that is paused. Only in a worker thread whose run is inspected.
 */
export const standWith = (clock: StandstillClock): void => {
  const wallDate = Date;
  const performanceNow = standingNow(clock, performance.now.bind(performance));
  const standing = standTimeouts(clock);
  const now = (): number => clock.now();
  replace(
    globalThis,
    'Date',
    new Proxy(wallDate, {
      construct: (target, args, newTarget) =>
        Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
      apply: () => new wallDate(now()).toString(),
    }),
  );
  replace(wallDate, 'now', now);
  replace(performance, 'now', performanceNow);
  replace(AbortSignal, 'timeout', (ms: number): AbortSignal => {
    const controller = new AbortController();
    const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    standing(() => controller.abort(reason), ms).unref();
    return controller.signal;
  });
};
