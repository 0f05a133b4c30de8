import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoggedRecord } from '../../lib/core/ports/event-log.ts';
import { coordinateKey } from '../../lib/core/record.ts';
import { epochMsOf } from '../../lib/core/units.ts';
import {
  eventHeadBytes,
  kafkaEvent,
  partitionBytes,
  recordBytes,
} from '../../lib/local/event-source/event.ts';
import type { InvocationResult } from '../../lib/local/event-source/function-host.ts';
import type { MappingConfig } from '../../lib/local/event-source/mapping.ts';
import type { SchedulerCommand, SchedulerInput } from '../../lib/local/event-source/scheduler-protocol.ts';
import { EventSourceScheduler } from '../../lib/local/event-source/scheduler.ts';
import { failed, loggedRecord, mappingConfig, ok, partly, START } from '../support/mapping-bench.ts';
import { unicodeText } from '../support/unicode-text.ts';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });

describe('the size of an event', () => {
  it('is never above what is counted for it, and hardly below', () => {
    const header = fc.record({ name: unicodeText({ maxLength: 9 }), value: bytes(20) });
    const record = fc
      .record({
        partition: fc.nat(3),
        offset: fc.maxSafeNat(),
        timestampType: fc.constantFrom('LOG_APPEND_TIME' as const, 'CREATE_TIME' as const),
        key: fc.option(bytes(20)),
        value: fc.option(bytes(200)),
        headers: fc.array(header, { maxLength: 4 }),
      })
      .map(({ partition, offset, ...more }) => loggedRecord(partition, offset, more));
    fc.assert(
      fc.property(fc.array(record, { maxLength: 6 }), fc.boolean(), (records, isMsk) => {
        const source: MappingConfig['source'] = {
          kind: isMsk ? 'msk' : 'self-managed',
          arn: 'arn:aws:kafka:cluster',
          bootstrapServers: ['a:1', 'b:2'],
        };
        const partitions = [...Map.groupBy(records, ({ partition }) => partition).values()];
        const counted =
          eventHeadBytes(source) +
          records.reduce((sum, each) => sum + recordBytes(each), 0) +
          partitions.reduce((sum, [first]) => sum + (first === undefined ? 0 : partitionBytes(first)), 0);
        const actual = Buffer.byteLength(JSON.stringify(kafkaEvent(source, records)));
        expect(actual).toBeLessThanOrEqual(counted);
        // Commas behind the last record of a partition, the last partition and the last header of a record.
        const commas = partitions.length + 1 + records.length;
        expect(counted - actual).toBeLessThanOrEqual(commas);
      }),
    );
  });
});

const config = fc
  .record({
    batchSize: fc.integer({ min: 1, max: 5 }),
    batchBytes: fc.integer({ min: 600, max: 2_500 }),
    windowMs: fc.constantFrom(0, 500, 2_000),
    pollers: fc.integer({ min: 1, max: 3 }),
    concurrency: fc.integer({ min: 1, max: 3 }),
    partialResponses: fc.boolean(),
    bisect: fc.boolean(),
    retries: fc.integer({ min: -1, max: 3 }),
    maxAgeMs: fc.constantFrom(-1, 60_000),
    destination: fc.constantFrom({ kind: 'none' } as const, { kind: 'kafka', topic: 'orders.dlq' } as const),
    filters: fc.constantFrom([], [{ value: { wanted: [true] } }]),
    undocumented: fc.record({
      afterPartialFailure: fc.constantFrom('resume-at-first' as const, 'retry-listed-only' as const),
      afterProgress: fc.constantFrom('retries-kept' as const, 'retries-restored' as const),
      splitting: fc.constantFrom('free' as const, 'uses-a-retry' as const),
      destinationFor: fc.constantFrom('unfinished' as const, 'last-invocation' as const),
      whenRefused: fc.constantFrom('keeps-trying' as const, 'dropped' as const),
    }),
  })
  .map((options) => mappingConfig(options));

const partitionLog = (partition: number) =>
  fc
    .array(
      fc.record({
        gap: fc.constantFrom(1, 1, 1, 3),
        wanted: fc.constantFrom(true, true, false),
        valueBytes: fc.constantFrom(0, 0, 300, 2_500),
        ageMs: fc.constantFrom(0, 0, 30_000, 70_000),
      }),
      { maxLength: 10 },
    )
    .map((items) => {
      let offset = -1;
      return items.map(({ gap, wanted, valueBytes, ageMs }) => {
        offset += gap;
        const value = Buffer.from(JSON.stringify({ wanted, filling: 'x'.repeat(valueBytes) }));
        return loggedRecord(partition, offset, { value, timestamp: epochMsOf(START - ageMs) });
      });
    });

const keyOf = ({ partition, offset }: Pick<LoggedRecord, 'partition' | 'offset'>): string =>
  coordinateKey({ topicId: '', partition, offset });

type CommandOf<Kind extends SchedulerCommand['kind']> = Extract<SchedulerCommand, { kind: Kind }>;

/** A world in which a tape decides what happens next, with the invariants checked at every command. */
class World {
  readonly #config: MappingConfig;
  readonly #log: readonly (readonly LoggedRecord[])[];
  readonly committed = new Map<number, number>();
  /** Coordinates that the handler said it was done with, that were handed over, or that nobody asked for. */
  readonly done = new Set<string>();
  #now = START;
  #scheduler: EventSourceScheduler;
  #pending: SchedulerCommand[] = [];
  /** Where the current ownership of each partition began. */
  #owned = new Map<number, number>();

  constructor(mapping: MappingConfig, log: readonly (readonly LoggedRecord[])[]) {
    this.#config = mapping;
    this.#log = log;
    this.#scheduler = new EventSourceScheduler(mapping);
    for (const record of log.flat())
      if (mapping.filters.length > 0 && !String(Buffer.from(record.value!)).includes('"wanted":true'))
        this.done.add(keyOf(record));
    this.#tell({ kind: 'enable' });
  }

  get settled(): boolean {
    return this.#scheduler.settled && this.#scheduler.state === 'Enabled';
  }

  #tell(input: SchedulerInput): void {
    for (const command of this.#scheduler.on(this.#now, input)) {
      if (command.kind === 'invoke') this.#checkInvocation(command);
      if (command.kind === 'discard') this.#checkDiscard(command);
      if (command.kind === 'state' && command.state === 'Disabled') this.#owned.clear();
      if (command.kind !== 'wake' && command.kind !== 'state') this.#pending.push(command);
    }
  }

  #checkInvocation({ records }: CommandOf<'invoke'>): void {
    expect(records.length).toBeGreaterThan(0);
    expect(records.length).toBeLessThanOrEqual(this.#config.batchSize);
    const event = JSON.stringify(kafkaEvent(this.#config.source, records));
    expect(Buffer.byteLength(event)).toBeLessThanOrEqual(this.#config.batchBytes);
    const before = new Set<string>();
    for (const record of records) {
      const from = this.#owned.get(record.partition) ?? 0;
      const overtaken = (this.#log[record.partition] ?? []).filter(
        ({ offset }) => offset >= from && offset < record.offset,
      );
      for (const earlier of overtaken)
        expect(this.done.has(keyOf(earlier)) || before.has(keyOf(earlier)), 'order of a partition').toBe(
          true,
        );
      before.add(keyOf(record));
    }
    expect(before.size).toBe(records.length);
  }

  #checkDiscard({ discarded }: CommandOf<'discard'>): void {
    expect(discarded.unfinished.length).toBeGreaterThan(0);
    const handedOver = new Set(discarded.handedOver.map(keyOf));
    for (const record of discarded.unfinished) expect(handedOver.has(keyOf(record))).toBe(true);
  }

  /** One thing that may happen, chosen by two numbers. */
  step(choice: number, detail: number): void {
    const what = choice % 16;
    if (what === 0) this.#crash();
    else if (what === 1) this.#rebalance(detail);
    else if (what === 2) this.#tell({ kind: 'disable' });
    else if (what === 3) this.#tell({ kind: 'enable' });
    else if (what <= 6) this.pass((detail % 7) * 400);
    else this.#answer(detail);
  }

  pass(ms: number): void {
    this.#now = epochMsOf(this.#now + ms);
    this.#tell({ kind: 'tick' });
  }

  #crash(): void {
    // What was in flight may still have happened: a commit, for one.
    for (const command of this.#pending) if (command.kind === 'commit') this.#commit(command);
    this.#pending = [];
    this.#scheduler = new EventSourceScheduler(this.#config);
    this.#tell({ kind: 'enable' });
  }

  #rebalance(detail: number): void {
    if (this.#scheduler.state !== 'Enabled') return;
    const partitions = [...this.#log.keys()].filter((partition) => ((detail >> partition) & 1) === 1);
    this.#assign(partitions);
  }

  #assign(partitions: readonly number[]): void {
    const assigned = partitions.map((partition) => ({
      partition,
      from: this.committed.get(partition) ?? 0,
    }));
    this.#owned = new Map(
      assigned.map(({ partition, from }) => [partition, this.#owned.get(partition) ?? from]),
    );
    this.#tell({ kind: 'assigned', partitions: assigned });
  }

  #answer(detail: number): void {
    const index = detail % Math.max(1, this.#pending.length);
    const [command] = this.#pending.splice(index, 1);
    if (command === undefined) return;
    const luck = (detail >> 4) % 6;
    switch (command.kind) {
      case 'assign':
        if (luck === 0) this.#tell({ kind: 'assign-failed' });
        else this.#assign([...this.#log.keys()]);
        return;
      case 'fetch':
        if (luck === 0) this.#tell({ kind: 'fetch-failed', fetchId: command.fetchId });
        else this.#fetch(command);
        return;
      case 'invoke':
        this.#invoked(command, this.#resultFor(command, luck, detail >> 7));
        return;
      case 'commit':
        if (luck === 0) this.#tell({ kind: 'commit-failed', commitId: command.commitId });
        else this.#commit(command);
        return;
      case 'discard':
        this.#discarded(command, luck === 0 ? 'failed' : luck === 1 ? 'refused' : 'done');
        return;
      case 'wake':
      case 'state':
    }
  }

  #fetch({ fetchId, partition, from, maxRecords }: CommandOf<'fetch'>): void {
    const kept = (this.#log[partition] ?? []).filter(({ offset }) => offset >= from);
    this.#tell({ kind: 'fetched', fetchId, records: kept.slice(0, maxRecords) });
  }

  #resultFor({ records }: CommandOf<'invoke'>, luck: number, bits: number): InvocationResult {
    if (luck === 0) return failed;
    if (luck === 1) return { kind: 'timeout', afterMs: 3_000 };
    if (luck === 2) return { kind: 'throttled' };
    if (luck > 4) return ok();
    const unfinished = records.filter((_, index) => ((bits >> index) & 1) === 1);
    return partly(...unfinished.map(({ partition, offset }) => [partition, offset] as const));
  }

  #invoked({ invocationId, records }: CommandOf<'invoke'>, result: InvocationResult): void {
    if (result.kind === 'returned') {
      const listed = this.#config.partialResponses ? JSON.stringify(result.response) : '';
      for (const record of records) {
        const identifier = `{"partition":"orders-${record.partition}","offset":${record.offset}}`;
        if (!listed.includes(identifier)) this.done.add(keyOf(record));
      }
    }
    this.#tell({ kind: 'invoked', invocationId, result });
  }

  #discarded({ discardId, discarded }: CommandOf<'discard'>, outcome: 'done' | 'failed' | 'refused'): void {
    const isFinal =
      outcome === 'done' || (outcome === 'refused' && this.#config.undocumented.whenRefused === 'dropped');
    if (isFinal) for (const record of discarded.unfinished) this.done.add(keyOf(record));
    this.#tell({ kind: 'discarded', discardId, outcome });
  }

  #commit({ commitId, offsets }: CommandOf<'commit'>): void {
    for (const { partition, offset } of offsets) {
      for (const record of this.#log[partition] ?? [])
        if (record.offset < offset)
          expect(this.done.has(keyOf(record)), 'nothing is committed past an unfinished record').toBe(true);
      this.committed.set(partition, offset);
    }
    this.#tell({ kind: 'committed', commitId });
  }

  /** Everything works from now on: it has to come to an end. */
  recover(): void {
    if (this.#scheduler.state === 'Enabled') this.#assign([...this.#log.keys()]);
    for (let round = 0; round < 300; round += 1) {
      this.#tell({ kind: 'enable' });
      for (const command of this.#pending.splice(0)) {
        if (command.kind === 'assign') this.#assign([...this.#log.keys()]);
        if (command.kind === 'fetch') this.#fetch(command);
        if (command.kind === 'invoke') this.#invoked(command, ok());
        if (command.kind === 'commit') this.#commit(command);
        if (command.kind === 'discard') this.#discarded(command, 'done');
      }
      this.pass(1_000);
      if (this.settled && this.#isAtEnd()) return;
    }
  }

  #isAtEnd(): boolean {
    return this.#log.every((records, partition) => {
      const last = records.at(-1);
      return last === undefined || this.committed.get(partition) === last.offset + 1;
    });
  }
}

describe('the scheduler, whatever happens', () => {
  it('loses nothing, keeps each partition in order, keeps to the limits, and comes to an end', () => {
    const logs = fc.tuple(partitionLog(0), partitionLog(1), partitionLog(2));
    const tape = fc.array(fc.tuple(fc.nat(15), fc.nat(0xff_ffff)), { maxLength: 120 });
    fc.assert(
      fc.property(config, logs, tape, (mapping, log, steps) => {
        const world = new World(mapping, log);
        for (const [choice, detail] of steps) world.step(choice, detail);
        world.recover();
        expect(world.settled, 'everything is settled in the end').toBe(true);
        for (const record of log.flat()) {
          expect(world.done.has(keyOf(record)), `${keyOf(record)} is done or handed over`).toBe(true);
          expect(world.committed.get(record.partition)).toBeGreaterThan(record.offset);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
