import type { Clock } from '../../core/ports/clock.ts';
import type { CommittedOffset } from '../../core/ports/event-log.ts';
import { epochMsOf, type EpochMs } from '../../core/units.ts';
import type { Lane as LaneName, PlayItem } from '../recording/playlist.ts';
import type { Lane } from './lane.ts';
import { Pace, type Speed } from './pace.ts';

export interface PlayerOptions {
  readonly source: Lane;
  readonly context: Lane;
  readonly speed: Speed;
  readonly clock: Clock;
  /** How far context may run ahead of the source's committed events, ms of event time. */
  readonly leadMs: number;
  /** How many more records of the source the pipeline takes. Asked before each append. */
  readonly room: () => Promise<number>;
  /** Called after each append. */
  readonly onPublished: (lane: LaneName, items: readonly PlayItem[]) => void;
}

const forever = epochMsOf(Number.POSITIVE_INFINITY);

/** How long the player waits for a hint before it looks again. */
const mostRestMs = 50;
const leastRestMs = 5;

/**
 * Publishes a recording at the pace that was asked for.
 *
 * An event is published when all context up to its time is committed by the context's stage, so that no decision depends on
 * how fast is played; context runs ahead of the source by no more than is kept of it.
 */
export class Player {
  readonly #options: PlayerOptions;
  readonly #pace: Pace;
  #hint = Promise.withResolvers<void>();
  #isStopped = false;
  #isPaused = false;
  #holds = 0;
  #lastAt: EpochMs;

  constructor(options: PlayerOptions) {
    this.#options = options;
    const { source, context, clock } = options;
    const start = Math.min(source.nextAt ?? forever, context.nextAt ?? forever);
    this.#lastAt = epochMsOf(Number.isFinite(start) ? start : (source.items.at(-1)?.at ?? 0));
    this.#pace = new Pace(options.speed, this.#lastAt, clock.now());
  }

  /** The simulated clock; where it is played as fast as it goes, the event time of what was published last. */
  get simulated(): EpochMs {
    return epochMsOf(Math.max(this.#lastAt, this.#pace.reading ?? this.#lastAt));
  }

  get speed(): Speed {
    return this.#pace.speed;
  }

  set speed(speed: Speed) {
    this.#pace.goOn(speed, this.simulated, this.#options.clock.now());
    this.#hint.resolve();
  }

  /** Nothing is published, and simulated time stands still. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    // The time that it was paused did not pass.
    this.speed = this.#pace.speed;
  }

  /** Publishes nothing, and lets no simulated time pass, until the work is done: it has the machine for itself. */
  async heldWhile<Value>(work: () => Promise<Value>): Promise<Value> {
    this.#holds += 1;
    try {
      return await work();
    } finally {
      this.#holds -= 1;
      this.speed = this.#pace.speed;
    }
  }

  get isOver(): boolean {
    const { source, context } = this.#options;
    return source.next >= source.items.length && context.next >= context.items.length;
  }

  /** A stage has committed: what was held back may be free now. */
  committed(offsets: readonly CommittedOffset[]): void {
    const { source, context } = this.#options;
    for (const { topic, partition, offset } of offsets) {
      source.committed(topic, partition, offset);
      context.committed(topic, partition, offset);
    }
    this.#hint.resolve();
  }

  /** Publishes no more; {@link play} then returns. */
  stop(): void {
    this.#isStopped = true;
    this.#hint.resolve();
  }

  /** Returns when everything is published, or when it was stopped. */
  async play(): Promise<void> {
    while (!this.#isStopped && !this.isOver) {
      this.#hint = Promise.withResolvers();
      if (this.#isPaused || this.#holds > 0) {
        await this.#rest();
        continue;
      }
      const due = this.#pace.advance(this.#options.clock.now());
      const published = (await this.#playContext(due)) + (await this.#playSource(due));
      if (published === 0) await this.#rest();
    }
  }

  async #playContext(due: EpochMs): Promise<number> {
    const { source, context, leadMs, clock, onPublished } = this.#options;
    const bound = (source.committedUpTo ?? forever) + leadMs;
    const items = await context.publish(
      epochMsOf(Math.min(due, bound)),
      Number.POSITIVE_INFINITY,
      clock.now(),
    );
    if (items.length > 0) onPublished('context', items);
    return items.length;
  }

  async #playSource(due: EpochMs): Promise<number> {
    const { source, context, clock, room, onPublished } = this.#options;
    const next = source.nextAt;
    if (next === undefined || next > due) return 0;
    // Context of the very same instant counts too: it is what a read at that instant would find.
    const bound = epochMsOf((context.committedUpTo ?? forever) - 1);
    if (next > bound) {
      this.#pace.heldAt(next);
      return 0;
    }
    const items = await source.publish(epochMsOf(Math.min(due, bound)), await room(), clock.now());
    this.#lastAt = items.at(-1)?.at ?? this.#lastAt;
    if (items.length > 0) onPublished('source', items);
    return items.length;
  }

  async #rest(): Promise<void> {
    const { source, context, clock } = this.#options;
    const next = Math.min(source.nextAt ?? forever, context.nextAt ?? forever);
    const dueMs = this.#pace.untilDueMs(epochMsOf(next));
    const timer = clock.timer(Math.max(leastRestMs, Math.min(mostRestMs, dueMs)));
    await Promise.race([timer.elapsed, this.#hint.promise]);
    timer.cancel();
  }
}
