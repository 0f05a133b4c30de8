import { messageOf } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { EventLog } from '../../core/ports/event-log.ts';
import type { EpochMs } from '../../core/units.ts';
import type { MappingCounters } from './counters.ts';
import { kafkaEvent } from './event.ts';
import type { FunctionHost, InvocationResult } from './function-host.ts';
import { handOver, type HandOverPorts } from './hand-over.ts';
import { LogPoller, type LogPollerPorts } from './log-poller.ts';
import type { MappingConfig } from './mapping.ts';
import type { MappingRegistry } from './registry.ts';
import { resolveMapping } from './resolve-mapping.ts';
import type { MappingState, SchedulerCommand, SchedulerInput } from './scheduler-protocol.ts';
import { EventSourceScheduler } from './scheduler.ts';

type Command<Kind extends SchedulerCommand['kind']> = Extract<SchedulerCommand, { kind: Kind }>;

export interface EventSourcePorts extends HandOverPorts, LogPollerPorts {
  readonly log: EventLog;
  readonly host: FunctionHost;
  readonly clock: Clock;
  readonly registry: MappingRegistry;
}

/** What can be changed of a mapping; the rest makes another mapping of it. */
export type MappingChanges = Partial<
  Omit<MappingConfig, 'uuid' | 'functionArn' | 'source' | 'topic' | 'group' | 'startingPosition'>
>;

/** An idle log is looked at again after so many ms, twice as many each time, until something hints at new records. */
const LEAST_IDLE_MS = 2;
const BRISK_IDLE_MS = 50;
/**
 * One that has been silent for long, after a sixteenth of its silence: of twenty looks a second at nothing a broker has sixty
 * requests, and whoever sends once in a while waits no longer than that.
 */
const SILENT_SHARE = 1 / 16;
const MOST_IDLE_MS = 250;
/** A log that says when something comes is looked at for what it does not say: that it was cut, or made anew. */
const WATCHED_IDLE_MS = 1_000;

/** What a change has to wait for. */
const UNDER_WAY: Readonly<Record<'enable' | 'disable' | 'update', readonly MappingState[]>> = {
  enable: ['Disabling', 'Updating'],
  disable: ['Updating'],
  update: ['Enabling', 'Disabling', 'Updating'],
};

interface Waiter {
  readonly isOver: () => boolean;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * A running event source mapping: does what the scheduler asks for over the real ports, and tells it what came of it.
 *
 * Everything it knows is in the group's committed offsets: after a crash, a new one goes on from there.
 */
export class EventSource {
  readonly #ports: EventSourcePorts;
  readonly #scheduler: EventSourceScheduler;
  readonly #poller: LogPoller;
  /** Request ids of this run differ from those of every other in their first digits, among themselves in their last. */
  readonly #run: string;
  #waiters: readonly Waiter[] = [];
  #isHinted = false;
  #cutRest: () => void = () => {};
  #wakeAt: EpochMs | null = null;
  #loop: Promise<void> | null = null;
  #leaving: Promise<void> = Promise.resolve();
  #isStopping = false;
  #fault: { readonly cause: unknown } | null = null;
  readonly #broken = Promise.withResolvers<never>();

  constructor(config: MappingConfig, ports: EventSourcePorts) {
    this.#ports = ports;
    this.#run = ports.newId();
    this.#scheduler = new EventSourceScheduler(config);
    this.#poller = new LogPoller(
      ports,
      (input) => this.#tell(input),
      () => this.notify(),
    );
    // Whoever waits for it hears of it, and nobody need.
    this.#broken.promise.catch(() => {});
  }

  /** Rejects once a fault of its own has ended it: nothing is consumed any more. Never resolves. */
  get broken(): Promise<never> {
    return this.#broken.promise;
  }

  get state(): MappingState {
    return this.#scheduler.state;
  }

  /** Lambda's event source mapping metrics, since the start. */
  get counters(): Readonly<MappingCounters> {
    return this.#scheduler.counters;
  }

  /**
   * Creates the mapping and enables it; resolves once it is Enabled.
   *
   * @throws {InvariantError} `GROUP_IN_USE`
   */
  async start(): Promise<void> {
    this.#ports.registry.claim(this.#scheduler.config);
    this.#loop = this.#poll();
    await this.enable();
  }

  /** Resolves once it is Enabled. */
  async enable(): Promise<void> {
    while (this.#isBusyFor('enable')) await this.#until(() => !this.#isBusyFor('enable'));
    await this.#leaving;
    this.#tell({ kind: 'enable' });
    await this.#until(() => this.state === 'Enabled');
  }

  /**
   * Resolves once it is Disabled, and no member of its group: what was in flight is finished and committed, retries are left for
   * later, and the group's offsets can be set.
   */
  async disable(): Promise<void> {
    while (this.#isBusyFor('disable')) await this.#until(() => !this.#isBusyFor('disable'));
    this.#tell({ kind: 'disable' });
    await this.#until(() => this.state === 'Disabled');
    await this.#leaving;
  }

  /**
   * Changes the mapping; resolves once the new configuration is in force.
   *
   * @throws {ConfigError} `PIPELINE_INVALID`
   */
  async update(changes: MappingChanges): Promise<void> {
    while (this.#isBusyFor('update')) await this.#until(() => !this.#isBusyFor('update'));
    const config = resolveMapping({ ...this.#scheduler.config, ...changes }, this.#ports.clock.now());
    this.#tell({ kind: 'update', config });
    await this.#until(() => this.#scheduler.config === config && this.state !== 'Updating');
  }

  /** Disables and deletes the mapping. Invocations in flight are waited for, at most until their timeout. */
  async stop(): Promise<void> {
    const loop = this.#loop;
    if (loop === null) return;
    this.#loop = null;
    try {
      await this.disable();
    } finally {
      this.#isStopping = true;
      this.notify();
      await loop;
      await this.#poller.leave();
      this.#ports.registry.release(this.#scheduler.config);
    }
  }

  /** Something was appended, perhaps: the log is looked at now instead of a little later. */
  notify(): void {
    this.#isHinted = true;
    this.#cutRest();
  }

  /** Resolves once everything up to the end of the log is processed, or handed over, and committed; or when it is stopped. */
  async drained(): Promise<void> {
    for (let idleMs = LEAST_IDLE_MS; !this.#isStopping; idleMs = Math.min(BRISK_IDLE_MS, idleMs * 2)) {
      await this.#until(() => this.#scheduler.settled);
      const isAtEnd = await this.#poller.isAtEnd(this.#scheduler);
      if (isAtEnd && this.#scheduler.settled) return;
      await this.#ports.clock.timer(idleMs).elapsed;
    }
  }

  async #poll(): Promise<void> {
    let idleMs = LEAST_IDLE_MS;
    let silentSince = this.#ports.clock.now();
    while (!this.#isStopping && this.#fault === null) {
      const found = await this.#poller.poll(this.#scheduler.config);
      const now = this.#ports.clock.now();
      if (this.#wakeAt !== null && this.#wakeAt <= now) {
        this.#wakeAt = null;
        this.#tell({ kind: 'tick' });
      }
      await this.#rest(Math.min(idleMs, (this.#wakeAt ?? Number.POSITIVE_INFINITY) - now));
      if (found || this.#isHinted) {
        idleMs = LEAST_IDLE_MS;
        silentSince = now;
      } else if (this.#poller.isWatching) {
        idleMs = WATCHED_IDLE_MS;
      } else {
        const most = Math.max(BRISK_IDLE_MS, (now - silentSince) * SILENT_SHARE);
        idleMs = Math.min(MOST_IDLE_MS, most, idleMs * 2);
      }
      this.#isHinted = false;
    }
  }

  /** Waits, unless there was a hint, or until there is one. */
  async #rest(ms: number): Promise<void> {
    if (this.#isHinted || ms <= 0) return;
    const timer = this.#ports.clock.timer(ms);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#cutRest = resolve;
    await Promise.race([promise, timer.elapsed]);
    timer.cancel();
  }

  #tell(input: SchedulerInput): void {
    if (this.#fault !== null) return;
    try {
      for (const command of this.#scheduler.on(this.#ports.clock.now(), input)) this.#execute(command);
    } catch (cause) {
      this.#fault = { cause };
      this.#broken.reject(cause);
      this.notify();
    }
    this.#settleWaiters();
  }

  #execute(command: SchedulerCommand): void {
    switch (command.kind) {
      case 'assign':
        void this.#poller.assign(this.#scheduler.config);
        return;
      case 'fetch':
        this.#poller.expect(command);
        this.notify();
        return;
      case 'invoke':
        void this.#invoke(command);
        return;
      case 'commit':
        void this.#commit(command);
        return;
      case 'discard':
        void this.#discard(command);
        return;
      case 'state':
        if (command.state === 'Disabled') this.#leaving = this.#poller.leave();
        return;
      case 'wake':
        this.#wakeAt = command.at;
        this.notify();
        return;
    }
  }

  async #invoke({ invocationId, records }: Command<'invoke'>): Promise<void> {
    const { source, timeoutMs } = this.#scheduler.config;
    const request = { requestId: this.#requestId(invocationId), timeoutMs };
    let result: InvocationResult;
    try {
      result = await this.#ports.host.invoke(kafkaEvent(source, records), request);
    } catch (thrown) {
      result = { kind: 'error', phase: 'invoke', errorType: 'HostFailed', message: messageOf(thrown) };
    }
    this.#tell({ kind: 'invoked', invocationId, result });
  }

  #requestId(invocationId: number): string {
    return `${this.#run.slice(0, 24)}${invocationId.toString(16).padStart(12, '0')}`;
  }

  async #commit({ commitId, offsets }: Command<'commit'>): Promise<void> {
    let kind: 'committed' | 'commit-failed' = 'commit-failed';
    try {
      if ((await this.#poller.commit(offsets)) === 'committed') kind = 'committed';
    } catch {
      // It is tried again, unless the partition is another's by then.
    }
    this.#tell({ kind, commitId });
  }

  async #discard({ discardId, discarded }: Command<'discard'>): Promise<void> {
    const context = {
      config: this.#scheduler.config,
      requestId: this.#requestId(discarded.invocationId ?? 0),
      at: this.#ports.clock.now(),
    };
    const outcome = await handOver(discarded, context, this.#ports);
    this.#tell({ kind: 'discarded', discardId, outcome });
  }

  /** As Lambda, the scheduler takes no change while another one is under way. */
  #isBusyFor(change: keyof typeof UNDER_WAY): boolean {
    return UNDER_WAY[change].includes(this.state);
  }

  #until(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters = [...this.#waiters, { isOver, resolve, reject }];
      this.#settleWaiters();
    });
  }

  #settleWaiters(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      if (this.#fault !== null) waiter.reject(this.#fault.cause);
      else if (waiter.isOver()) waiter.resolve();
      else this.#waiters = [...this.#waiters, waiter];
    }
  }
}
