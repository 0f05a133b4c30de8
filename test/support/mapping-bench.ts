import type { LoggedRecord } from '../../lib/core/ports/event-log.ts';
import { bytesOf } from '../../lib/core/record.ts';
import { epochMsOf, type EpochMs } from '../../lib/core/units.ts';
import type { InvocationResult } from '../../lib/local/event-source/function-host.ts';
import type { MappingConfig, MappingOptions } from '../../lib/local/event-source/mapping.ts';
import { resolveMapping } from '../../lib/local/event-source/resolve-mapping.ts';
import type { SchedulerCommand, SchedulerInput } from '../../lib/local/event-source/scheduler-protocol.ts';
import { EventSourceScheduler } from '../../lib/local/event-source/scheduler.ts';

export const START = epochMsOf(Date.parse('2026-01-01T00:00:00Z'));

export const loggedRecord = (
  partition: number,
  offset: number,
  more: Partial<LoggedRecord> = {},
): LoggedRecord => ({
  topic: 'orders',
  partition,
  offset,
  timestamp: START,
  timestampType: 'LOG_APPEND_TIME',
  key: bytesOf(`key-${partition}`),
  value: bytesOf(JSON.stringify({ offset })),
  headers: [],
  ...more,
});

/** A mapping with provisioned pollers and no window, so that every record is invoked as soon as it is there. */
export const mappingConfig = (options: Partial<MappingOptions> = {}): MappingConfig =>
  resolveMapping(
    {
      functionName: 'billing',
      topic: 'orders',
      group: 'billing',
      pollers: 1,
      windowMs: 0,
      ...options,
    },
    START,
  );

export type CommandOf<Kind extends SchedulerCommand['kind']> = Extract<SchedulerCommand, { kind: Kind }>;

export const ok = (response: unknown = null): InvocationResult => ({ kind: 'returned', response });
export const failed: InvocationResult = {
  kind: 'error',
  phase: 'invoke',
  errorType: 'Error',
  message: 'it broke',
};
export const partly = (...unfinished: readonly (readonly [number, number])[]): InvocationResult =>
  ok({
    batchItemFailures: unfinished.map(([partition, offset]) => ({
      itemIdentifier: { partition: `orders-${partition}`, offset },
    })),
  });

/** Drives a scheduler by hand: assignments and fetches are answered from `log`, everything else waits for the test. */
export class MappingBench {
  readonly scheduler: EventSourceScheduler;
  readonly log: Map<number, LoggedRecord[]>;
  readonly committed = new Map<number, number>();
  readonly issued: SchedulerCommand[] = [];
  now: EpochMs = START;
  #fetches: CommandOf<'fetch'>[] = [];

  constructor(config: MappingConfig, partitions: Readonly<Record<number, readonly LoggedRecord[]>>) {
    this.scheduler = new EventSourceScheduler(config);
    this.log = new Map(
      Object.entries(partitions).map(([partition, records]) => [Number(partition), [...records]]),
    );
  }

  static enabled(
    config: MappingConfig,
    partitions: Readonly<Record<number, readonly LoggedRecord[]>>,
  ): MappingBench {
    const bench = new MappingBench(config, partitions);
    bench.on({ kind: 'enable' });
    return bench;
  }

  on(input: SchedulerInput): void {
    for (const command of this.scheduler.on(this.now, input)) {
      this.issued.push(command);
      if (command.kind === 'fetch') this.#fetches.push(command);
      if (command.kind === 'assign') this.assign([...this.log.keys()]);
    }
    this.feed();
  }

  assign(partitions: readonly number[]): void {
    this.on({
      kind: 'assigned',
      partitions: partitions.map((partition) => ({ partition, from: this.committed.get(partition) ?? 0 })),
    });
  }

  /** Answers the fetches for which the log has something. */
  feed(): void {
    const ready = this.#fetches.find(({ partition, from }) => this.#kept(partition, from).length > 0);
    if (ready === undefined) return;
    this.#fetches = this.#fetches.filter((fetch) => fetch !== ready);
    const records = this.#kept(ready.partition, ready.from).slice(0, ready.maxRecords);
    this.on({ kind: 'fetched', fetchId: ready.fetchId, records });
  }

  #kept(partition: number, from: number): readonly LoggedRecord[] {
    return (this.log.get(partition) ?? []).filter(({ offset }) => offset >= from);
  }

  append(...records: readonly LoggedRecord[]): void {
    for (const record of records) {
      const partition = this.log.get(record.partition) ?? [];
      this.log.set(record.partition, [...partition, record]);
    }
    this.feed();
  }

  pass(ms: number): void {
    this.now = epochMsOf(this.now + ms);
    this.on({ kind: 'tick' });
  }

  /** Lets time pass until the scheduler asks for its next tick. */
  sleep(): void {
    const wake = this.of('wake').at(-1);
    if (wake === undefined || wake.at < this.now) throw new Error('the scheduler did not ask to be woken');
    this.pass(wake.at - this.now);
  }

  of<Kind extends SchedulerCommand['kind']>(kind: Kind): readonly CommandOf<Kind>[] {
    return this.issued.filter((command): command is CommandOf<Kind> => command.kind === kind);
  }

  /** Invocations as lists of `partition:offset`. */
  get invoked(): readonly (readonly string[])[] {
    return this.of('invoke').map(({ records }) =>
      records.map(({ partition, offset }) => `${partition}:${offset}`),
    );
  }

  /** Answers the latest invocation, or the one with that id. */
  answer(result: InvocationResult, invocationId = this.of('invoke').at(-1)?.invocationId ?? 0): void {
    this.on({ kind: 'invoked', invocationId, result });
  }

  /** Answers every invocation with success until there is none, and acknowledges every commit. */
  finish(): void {
    let seen = -1;
    while (seen !== this.issued.length) {
      seen = this.issued.length;
      for (const { invocationId } of this.of('invoke')) this.answer(ok(), invocationId);
      this.commitAll();
    }
  }

  commitAll(): void {
    for (const commit of this.of('commit')) this.#commit(commit);
  }

  #acknowledged = new Set<number>();
  #commit({ commitId, offsets }: CommandOf<'commit'>): void {
    if (this.#acknowledged.has(commitId)) return;
    this.#acknowledged.add(commitId);
    for (const { partition, offset } of offsets) this.committed.set(partition, offset);
    this.on({ kind: 'committed', commitId });
  }
}

/** Records 0 to `count` − 1 of a partition. */
export const recordsOf = (
  partition: number,
  count: number,
  more: Partial<LoggedRecord> = {},
): readonly LoggedRecord[] =>
  Array.from({ length: count }, (_, offset) => loggedRecord(partition, offset, more));
