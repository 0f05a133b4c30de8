/**
 * One thread, one clock, and the tape: every await of every worker is an operation that waits here until the tape lets it
 * go on, fails it, loses its answer, or ends the worker that asked.
 */
import type { Clock } from '../../core/ports/clock.ts';
import { epochMsOf, type EpochMs } from '../../core/units.ts';
import { Journal } from './journal.ts';
import { macrotask } from '../worker.ts';
import type { Tape } from './tape.ts';

/** What may go wrong in this run; each run has a subset of its own. */
export type Fault =
  | 'crash'
  | 'lost-answer'
  | 'store-fails'
  | 'produce-fails'
  | 'stall'
  | 'skew'
  | 'zombie'
  | 'emulator-crash'
  | 'operator'
  | 'downstream'
  | 'model'
  | 'recreate'
  | 'rewind';

/** Whoever does something: a worker's invocation, a mapping, an operator. */
export interface Actor {
  readonly name: string;
  readonly skewMs: number;
  alive: boolean;
  stalledUntil: EpochMs;
  readonly onCrash: () => void;
}

interface Operation {
  readonly actor: Actor;
  readonly label: string;
  readonly settle: (mode: Mode) => void;
  readonly modes: readonly Mode[];
}

type Mode = 'ok' | 'lost' | 'failed' | 'crash-before' | 'crash-after';

interface Alarm {
  readonly at: EpochMs;
  readonly actor: Actor;
  readonly label: string;
  readonly ring: () => void;
}

export interface OperationSpec<Answer> {
  readonly perform: () => Answer;
  /** What the asker gets when the call fails, or its answer is lost; absent: this call cannot fail. */
  readonly failed?: () => Answer;
}

/** How long the domain's own code may take, of real time. */
const patienceMs = 2_000;

/** Turns of the event loop that the domain's code may take before real time passes. */
const quickTurns = 50;

/** Node calls this once no promise can go on by itself; no turn of the event loop is needed for that, of which a schedule would have hundreds. */
const promisesRest = (): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.nextTick(resolve);
  return promise;
};

/** Time begins here in every run: `2026-01-01T00:00:00Z`. */
export const beginning = epochMsOf(Date.UTC(2026, 0, 1));

export class World {
  readonly journal = new Journal();
  readonly timeline: string[] = [];
  readonly tape: Tape;
  readonly faults: Set<Fault>;
  now: EpochMs = beginning;
  /** Set once the faults have stopped. */
  isCalm = false;
  #operations: Operation[] = [];
  #alarms: Alarm[] = [];
  #counted = 0;
  readonly #outside = new Set<symbol>();
  readonly #isTold: boolean;

  constructor(tape: Tape, faults: Set<Fault>, isTold: boolean) {
    this.tape = tape;
    this.faults = faults;
    this.#isTold = isTold;
  }

  has(fault: Fault): boolean {
    return !this.isCalm && this.faults.has(fault);
  }

  actor(name: string, onCrash: () => void = () => {}): Actor {
    const skewMs = this.faults.has('skew') ? [0, 300_000, -300_000, 2_000][this.tape.pick(4)]! : 0;
    return { name, skewMs, alive: true, stalledUntil: beginning, onCrash };
  }

  /** Numbers that nobody else has. */
  count(): number {
    this.#counted += 1;
    return this.#counted;
  }

  tell(text: () => string): void {
    if (this.#isTold)
      this.timeline.push(`${String((this.now - beginning) / 1_000).padStart(9)} s  ${text()}`);
  }

  clockOf(actor: Actor): Clock {
    return {
      now: () => epochMsOf(this.now + actor.skewMs),
      timer: (ms) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const cancel = this.alarm(actor, 'timer', ms, () => {
          this.journal.note(actor.name, { kind: 'waited', ms });
          resolve();
        });
        return { elapsed: promise, cancel };
      },
    };
  }

  alarm(actor: Actor, label: string, ms: number, ring: () => void): () => void {
    if (!actor.alive) return () => {};
    const alarm: Alarm = { at: epochMsOf(this.now + Math.max(0, ms)), actor, label, ring };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter((other) => other !== alarm);
    };
  }

  /** An await of somebody: it goes on when the tape says so, and as the tape says. */
  operation<Answer>(actor: Actor, label: string, spec: OperationSpec<Answer>): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    if (!actor.alive) return promise;
    const modes: Mode[] = ['ok', 'ok', 'ok'];
    if (spec.failed && this.faults.has('lost-answer')) modes.push('lost');
    if (spec.failed && this.faults.has('store-fails')) modes.push('failed');
    if (this.faults.has('crash')) modes.push('crash-before', 'crash-after');
    this.#operations.push({
      actor,
      label,
      modes,
      settle: (mode) => {
        switch (mode) {
          case 'ok':
            resolve(spec.perform());
            break;
          case 'lost':
            spec.perform();
            resolve((spec.failed ?? spec.perform)());
            break;
          case 'failed':
            resolve((spec.failed ?? spec.perform)());
            break;
          case 'crash-before':
            this.crash(actor);
            break;
          case 'crash-after':
            spec.perform();
            this.crash(actor);
            break;
        }
      },
    });
    return promise;
  }

  /** A call of the domain's own asynchronous code: nothing else happens meanwhile. */
  async outside<Value>(what: string, call: () => Promise<Value>): Promise<Value> {
    const place = Symbol(what);
    this.#outside.add(place);
    try {
      return await call();
    } finally {
      this.#outside.delete(place);
    }
  }

  /**
   * All promises that can go on by themselves have done so.
   *
   * @throws {Error} where the domain's code does not answer
   */
  async quiet(): Promise<void> {
    await promisesRest();
    if (this.#outside.size === 0) return;
    const since = performance.now();
    for (let turn = 0; this.#outside.size > 0; turn += 1) {
      // A fake answers within few turns; whatever takes longer waits for a timer of its own.
      await macrotask(turn < quickTurns ? 0 : 1);
      const [waitsFor] = this.#outside;
      if (waitsFor !== undefined && performance.now() - since > patienceMs)
        throw new Error(
          `${waitsFor.description} did not answer within ${patienceMs} ms; expected an answer. Fix: give the simulation a fake that answers at once, also where it answers with a failure.`,
        );
    }
  }

  crash(actor: Actor): void {
    if (!actor.alive) return;
    this.tell(() => `${actor.name} crashes`);
    this.end(actor);
    actor.onCrash();
  }

  /** Nobody hears of it any more. */
  end(actor: Actor): void {
    actor.alive = false;
    this.#operations = this.#operations.filter((operation) => operation.actor !== actor);
    this.#alarms = this.#alarms.filter((alarm) => alarm.actor !== actor);
  }

  /** Lets one thing happen. Answers with false where nothing can. */
  step(): boolean {
    const enabled = this.isCalm
      ? this.#operations
      : this.#operations.filter(({ actor }) => actor.stalledUntil <= this.now);
    // In calm nothing rings while anything else can happen.
    const next = this.isCalm && enabled.length > 0 ? undefined : this.#nextAlarm();
    if (enabled.length === 0) {
      if (next === undefined) return this.#wakeStalled();
      this.#ring(next);
      return true;
    }
    const choice = this.isCalm ? 0 : this.tape.pick(enabled.length + (next && this.tape.chance(12) ? 1 : 0));
    const operation = enabled[choice];
    if (operation === undefined) {
      if (next) this.#ring(next);
      return true;
    }
    this.#operations.splice(this.#operations.indexOf(operation), 1);
    if (this.has('stall') && this.tape.chance(40)) {
      // Some end just when a lease is over, so that its old owner and a new one meet.
      const stallMs = [5_000, 10_500, 11_500, 30_000][this.tape.pick(4)]!;
      operation.actor.stalledUntil = epochMsOf(this.now + stallMs);
      this.tell(() => `${operation.actor.name} stalls for ${stallMs} ms before ${operation.label}`);
      this.#operations.push(operation);
      return true;
    }
    const isFaulty = !this.isCalm && this.tape.chance(7);
    const mode = isFaulty ? operation.modes[this.tape.pick(operation.modes.length)]! : 'ok';
    this.tell(() => `${operation.actor.name}: ${operation.label}${mode === 'ok' ? '' : ` [${mode}]`}`);
    operation.settle(mode);
    return true;
  }

  #wakeStalled(): boolean {
    const [first] = this.#operations;
    if (first === undefined) return false;
    this.now = epochMsOf(Math.max(this.now, ...this.#operations.map(({ actor }) => actor.stalledUntil)));
    return true;
  }

  #nextAlarm(): Alarm | undefined {
    return this.#alarms.reduce<Alarm | undefined>(
      (first, alarm) => (first === undefined || alarm.at < first.at ? alarm : first),
      undefined,
    );
  }

  #ring(alarm: Alarm): void {
    this.now = epochMsOf(Math.max(this.now, alarm.at));
    this.#alarms = this.#alarms.filter((other) => other !== alarm);
    this.tell(() => `${alarm.actor.name}: ${alarm.label} is over`);
    alarm.ring();
  }
}
