/** A worker that can crash at any call of its ports, before the call happens or before its answer is seen. */

export interface CrashPoint {
  /** Number of the call, from 0. */
  readonly call: number;
  readonly when: 'before' | 'after';
}

export interface PausePoint {
  readonly call: number;
  /** What happens before the call does. */
  readonly meanwhile: () => Promise<void>;
}

/** Never resolves: what a worker that is gone waits for. */
const never = <Value>(): Promise<Value> => new Promise<Value>(() => {});

/** How long the domain's own functions may take, of real time: a test has fakes that answer. */
const patienceMs = 2_000;

export class Worker {
  /** Calls so far, by name. */
  readonly calls: string[] = [];
  readonly crashed: Promise<void>;
  readonly #crashAt: CrashPoint | undefined;
  readonly #crash: () => void;
  readonly #pauseAt: PausePoint | undefined;
  /** Whether another worker has its turn. */
  isPaused = false;
  #isGone = false;
  #inDomain = new Map<symbol, string>();

  constructor(crashAt?: CrashPoint, pauseAt?: PausePoint) {
    this.#crashAt = crashAt;
    this.#pauseAt = pauseAt;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.crashed = promise;
    this.#crash = () => {
      this.#isGone = true;
      resolve();
    };
  }

  /** The port, as this worker reaches it: each of its methods is a call. */
  port<Port extends object>(name: string, port: Port): Port {
    return new Proxy(port, {
      get: (target, member) => {
        const value: unknown = Reflect.get(target, member);
        if (typeof value !== 'function' || typeof member !== 'string') return value;
        const method = value as (...args: readonly unknown[]) => unknown;
        return (...args: readonly unknown[]) =>
          this.#call(`${name}.${member}`, async () => method.apply(target, [...args]));
      },
    });
  }

  /** A call of the domain's own asynchronous code: no virtual time passes meanwhile. */
  async inDomain<Value>(what: string, call: () => Promise<Value>): Promise<Value> {
    const place = Symbol(what);
    this.#inDomain.set(place, what);
    try {
      return await call();
    } finally {
      this.#inDomain.delete(place);
    }
  }

  /** The domain's code that has not answered yet. */
  get waitsFor(): string | undefined {
    return this.#inDomain.values().next().value;
  }

  async #call<Value>(name: string, act: () => Promise<Value>): Promise<Value> {
    if (this.#isGone) return never();
    const number = this.calls.push(name) - 1;
    const isHere = this.#crashAt?.call === number;
    if (isHere && this.#crashAt?.when === 'before') {
      this.#crash();
      return never();
    }
    if (this.#pauseAt?.call === number) {
      this.isPaused = true;
      await this.#pauseAt.meanwhile();
      this.isPaused = false;
    }
    const answer = await act();
    if (isHere) this.#crash();
    return this.#isGone ? never() : answer;
  }
}

/** Whatever can go on by itself does so before. */
export const macrotask = (ms: number): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (ms === 0) setImmediate(resolve);
  else setTimeout(resolve, ms);
  return promise;
};

/**
 * Waits for work of a worker, letting the virtual clock go on whenever nothing else can happen.
 *
 * @param forgets - whether no other worker waits for the clock
 * @returns `undefined` where the worker crashed
 * @throws {Error} where the domain's code does not answer
 */
export const finished = async <Value>(
  worker: Worker,
  clock: { ringNext(): boolean; forgetTimers(): void },
  work: Promise<Value>,
  forgets = true,
): Promise<Value | undefined> => {
  const state = { isOver: false };
  const over = (): void => {
    state.isOver = true;
  };
  const ended = Promise.race([work, worker.crashed.then(() => undefined)]);
  ended.then(over, over);
  let waitedSince: number | undefined;
  while (!state.isOver) {
    const waitsFor = worker.waitsFor;
    await macrotask(waitsFor === undefined ? 0 : 1);
    if (state.isOver) break;
    if (worker.isPaused) continue;
    if (worker.waitsFor === undefined) {
      waitedSince = undefined;
      clock.ringNext();
      continue;
    }
    waitedSince ??= performance.now();
    if (performance.now() - waitedSince > patienceMs)
      throw new Error(
        `${worker.waitsFor} did not answer within ${patienceMs} ms; expected an answer. Fix: give it a fake that answers at once, also where it answers with a failure.`,
      );
  }
  if (forgets) clock.forgetTimers();
  return ended;
};
