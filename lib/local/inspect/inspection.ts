import { Session } from 'node:inspector';
import { setTimeout as pause } from 'node:timers/promises';
import type { StageName } from '../../core/contract/resolved.ts';
import { StandstillClock } from './standstill-clock.ts';

/** How often it is looked whether an environment stands at a breakpoint, ms. */
const lookEveryMs = 100;
/** A thread that does not answer its debugger is one that has ended, ms. */
const answerWithinMs = 2_000;

/** So often a thread that is to end is sent on from one breakpoint to the next. */
const mostResumes = 50;

/** A worker thread that can be debugged. */
interface Inspected {
  readonly threadId: number;
  /** Grows while the thread's event loop turns. */
  readonly beat: Int32Array;
  seen: number;
  isStanding: boolean;
  /** It stands until its debugger lets it go on. */
  isWaiting: boolean;
}

interface Notification {
  readonly id?: number;
  readonly method?: string;
}

/**
 * Lets a debugger into the workers of one stage, and stops the run's time while one of them stands at a breakpoint, or waits for
 * the first debugger.
 *
 * A worker opens its own inspector: Chrome, VS Code and `node inspect` attach to it as to any process. Whether it stands is found
 * out from this thread: of a thread whose event loop has not turned, its debugger is asked. It is asked and left alone again: a
 * session that stayed would keep the thread standing when the real debugger goes.
 */
export class Inspection {
  readonly stage: StageName;
  /** 0: one that is free. */
  readonly port: number;
  readonly clock = new StandstillClock();
  /** Where a debugger attaches, each time that it is somewhere anew, and whether the run waits for it. */
  readonly onOpened: (url: string, isAwaited: boolean) => void;
  readonly #session = new Session();
  /** Sessions with worker threads, by thread. */
  readonly #sessions = new Map<number, string>();
  readonly #waiting = new Map<number, (answer: Notification) => void>();
  readonly #paused = new Set<string>();
  #inspected: readonly Inspected[] = [];
  #asking: Promise<void> = Promise.resolve();
  #lastId = 0;
  readonly #closing = new AbortController();
  readonly #first = Promise.withResolvers<void>();
  #isAwaited = true;
  #watching: Promise<void> | undefined;
  /**
   * A process that exits while a thread waits for its debugger, or has one, joins that thread, which never ends: whoever leaves
   * in haste is killed. What runs here bears that at any moment.
   */
  readonly #atExit = (): void => {
    process.kill(process.pid, 'SIGKILL');
  };

  constructor(options: {
    readonly stage: StageName;
    readonly port: number;
    readonly onOpened: Inspection['onOpened'];
  }) {
    this.stage = options.stage;
    this.port = options.port;
    this.onOpened = options.onOpened;
    process.once('exit', this.#atExit);
    this.#session.connect();
    this.#session.on('NodeWorker.attachedToWorker', ({ params }) => {
      // Workers are numbered anew for each session; their title says which thread they are.
      const [, threadId] = /^\[worker (\d+)\]/.exec(params.workerInfo.title) ?? [];
      this.#sessions.set(Number(threadId), params.sessionId);
    });
    this.#session.on('NodeWorker.detachedFromWorker', ({ params: { sessionId } }) => this.#forget(sessionId));
    this.#session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }) => {
      const said = JSON.parse(message) as Notification;
      if (said.method === 'Debugger.paused') this.#paused.add(sessionId);
      if (said.id !== undefined) this.#waiting.get(said.id)?.(said);
    });
    this.#session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  }

  /** @param beat - grows while the thread's event loop turns */
  watch(threadId: number, beat: Int32Array): void {
    this.#inspected = [
      ...this.#inspected,
      { threadId, beat, seen: Atomics.load(beat, 0), isStanding: false, isWaiting: false },
    ];
    this.#watching ??= this.#look();
  }

  /** Whether there has been no debugger yet, and the run waits for it. */
  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  /** Resolves when the first debugger is there and has set its breakpoints, or when nobody is waited for any more. */
  get ready(): Promise<void> {
    return this.#first.promise;
  }

  /** A thread is open to a debugger; where one is awaited, it stands until it has come. */
  opened(threadId: number, url: string, isAwaited: boolean): void {
    const one = this.#inspected.find((each) => each.threadId === threadId);
    if (one === undefined) return;
    one.isWaiting = isAwaited;
    this.#tell();
    this.onOpened(url, this.#isAwaited);
  }

  /** A thread goes on that has waited for its debugger. */
  attached(threadId: number): void {
    const one = this.#inspected.find((each) => each.threadId === threadId);
    if (one === undefined) return;
    one.isWaiting = false;
    this.awaitNobody();
    this.#tell();
  }

  /** The run goes on, and what waits with it. */
  awaitNobody(): void {
    this.#isAwaited = false;
    this.#first.resolve();
  }

  /** Sends the debugger away: a thread that has one would not end. */
  async release(threadId: number): Promise<void> {
    this.#inspected = this.#inspected.filter((one) => one.threadId !== threadId);
    this.#tell();
    await this.#alone(async () => {
      // Nobody can be sent away from a thread that stands; where it goes on it may come to another breakpoint.
      for (
        let tries = 0;
        tries < mostResumes && (await this.#stands(threadId, 'Debugger.resume'));
        tries += 1
      );
      await this.#ask(threadId, 'Runtime.runIfWaitingForDebugger', {});
      await this.#ask(threadId, 'Runtime.evaluate', {
        expression: "process.getBuiltinModule('node:inspector').close()",
      });
    });
  }

  /** Nothing stands any more, and nothing is watched. */
  async close(): Promise<void> {
    this.awaitNobody();
    this.#closing.abort();
    await this.#watching;
    await Promise.all(this.#inspected.map(({ threadId }) => this.release(threadId)));
    this.#session.disconnect();
    process.off('exit', this.#atExit);
  }

  async #look(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      for (const one of this.#inspected) {
        if (one.isWaiting) {
          // It may have begun to wait only now: it is told until it says that it goes on.
          if (!this.#isAwaited)
            await this.#alone(() => this.#ask(one.threadId, 'Runtime.runIfWaitingForDebugger', {}));
          continue;
        }
        const beats = Atomics.load(one.beat, 0);
        // A long computation does not beat either; it does not stand.
        one.isStanding = beats === one.seen && (await this.#alone(() => this.#stands(one.threadId)));
        one.seen = beats;
      }
      this.#tell();
      await pause(lookEveryMs, undefined, { ref: false, signal }).catch(() => {});
    }
  }

  #tell(): void {
    if (this.#inspected.some(({ isStanding, isWaiting }) => isStanding || isWaiting)) this.clock.stand();
    else this.clock.goOn();
  }

  /** One after the other: who is in the middle of asking a thread must not be told what another has asked it. */
  #alone<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = this.#asking.then(work);
    this.#asking = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  /**
   * Whoever enables a debugger is told at once whether the thread stands.
   *
   * @param whereItDoes - what is said to one that does
   */
  async #stands(threadId: number, whereItDoes?: 'Debugger.resume'): Promise<boolean> {
    const sessionId = this.#sessions.get(threadId);
    if (sessionId === undefined) return false;
    this.#paused.delete(sessionId);
    await this.#ask(threadId, 'Debugger.enable', {});
    const isPaused = this.#paused.has(sessionId);
    if (isPaused && whereItDoes !== undefined) await this.#ask(threadId, whereItDoes, {});
    await this.#ask(threadId, 'Debugger.disable', {});
    return isPaused;
  }

  async #ask(threadId: number, method: string, params: object): Promise<void> {
    const sessionId = this.#sessions.get(threadId);
    if (sessionId === undefined) return;
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve } = Promise.withResolvers<Notification>();
    this.#waiting.set(id, resolve);
    const message = JSON.stringify({ id, method, params });
    this.#session.post('NodeWorker.sendMessageToWorker', { sessionId, message }, (failed) => {
      if (failed) resolve({});
    });
    const late = new AbortController();
    await Promise.race([promise, pause(answerWithinMs, undefined, { signal: late.signal })]);
    late.abort();
    this.#waiting.delete(id);
  }

  #forget(sessionId: string): void {
    for (const [threadId, known] of this.#sessions)
      if (known === sessionId) {
        this.#sessions.delete(threadId);
        this.#inspected = this.#inspected.filter((one) => one.threadId !== threadId);
      }
    this.#tell();
  }
}
