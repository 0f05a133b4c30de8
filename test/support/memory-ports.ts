/** Ports in memory for one batch after another, with faults that a test names. No crashes, no interleavings: those are the simulation's. */
import type { LedgerItem } from '../../lib/core/ledger/item.ts';
import { transitioned } from '../../lib/core/ledger/transitions.ts';
import type { Producer, ProduceResult } from '../../lib/core/ports/event-log.ts';
import type { BatchReport, LogFields, Telemetry } from '../../lib/core/ports/stage-ports.ts';
import type {
  ContextQuery,
  ContextStore,
  LedgerStore,
  LedgerWrite,
  LedgerWritten,
  Observation,
  OperationsStore,
  Read,
  Reservation,
  RowStore,
  RowWrite,
  StoredRow,
  TopicEpoch,
  VerdictJournal,
  Written,
} from '../../lib/core/ports/stores.ts';
import type { OutputRecord } from '../../lib/core/record.ts';
import { epochMsOf } from '../../lib/core/units.ts';
import { verdictLabel } from '../../lib/core/verdict.ts';

/** What becomes of one statement: done and answered, done without an answer, not done. */
export type Fault = 'lost' | 'down' | undefined;

const noAnswer = (): { readonly kind: 'unavailable'; readonly cause: Error } => ({
  kind: 'unavailable',
  cause: new Error('no answer'),
});

export class MemoryLedger implements LedgerStore {
  readonly items = new Map<string, LedgerItem>();
  /** Calls of `apply`, as names of transitions. */
  readonly calls: (readonly string[])[] = [];
  /** Asked of each write, counted from 0. */
  fault: (write: LedgerWrite, count: number) => Fault = () => undefined;
  readFault: () => boolean = () => false;
  /** What others do before a write is looked at. */
  before: (write: LedgerWrite) => void = () => {};
  #count = 0;

  async read(keys: readonly string[]): Promise<readonly Read<LedgerItem | undefined>[]> {
    return keys.map((key) => (this.readFault() ? noAnswer() : { kind: 'read', value: this.items.get(key) }));
  }

  async apply(writes: readonly LedgerWrite[]): Promise<readonly LedgerWritten[]> {
    this.calls.push(writes.map(({ transition }) => transition.name));
    return writes.map((write): LedgerWritten => {
      const fault = this.fault(write, this.#count++);
      if (fault === 'down') return noAnswer();
      this.before(write);
      const stored = this.items.get(write.key);
      const item = transitioned(write.transition, stored);
      if (item) this.items.set(write.key, item);
      if (fault === 'lost') return noAnswer();
      return item ? { kind: 'applied', item } : { kind: 'refused', item: stored };
    });
  }

  async list(): Promise<readonly LedgerItem[]> {
    return [...this.items.values()];
  }

  async expire(): Promise<number> {
    return 0;
  }

  /** The only item. */
  get only(): LedgerItem {
    const [item, ...others] = this.items.values();
    if (!item || others.length > 0) throw new Error(`expected one item, got ${this.items.size}`);
    return item;
  }

  set only(item: LedgerItem) {
    this.items.set(item.key, item);
  }
}

export class MemoryRows implements RowStore {
  readonly rows = new Map<string, StoredRow>();
  fault: (write: RowWrite, count: number) => Fault = () => undefined;
  readFault: () => boolean = () => false;
  before: (write: RowWrite) => void = () => {};
  #count = 0;

  async read(entities: readonly string[]): Promise<readonly Read<StoredRow | undefined>[]> {
    return entities.map((entity) =>
      this.readFault() ? noAnswer() : { kind: 'read', value: this.rows.get(entity) },
    );
  }

  async write(writes: readonly RowWrite[]): Promise<readonly Written[]> {
    return writes.map((write): Written => {
      const fault = this.fault(write, this.#count++);
      if (fault === 'down') return noAnswer();
      this.before(write);
      if ((this.rows.get(write.entity)?.digest ?? null) !== write.expected) return { kind: 'conflict' };
      this.rows.set(write.entity, write.row);
      return fault === 'lost' ? noAnswer() : { kind: 'applied' };
    });
  }
}

export class MemoryContext implements ContextStore {
  readonly observations = new Map<string, Observation>();
  isDown: () => boolean = () => false;

  async observe(observations: readonly Observation[]): Promise<readonly Written[]> {
    return observations.map((observation): Written => {
      if (this.isDown()) return noAnswer();
      const moment = `${observation.context}/${observation.key}/${observation.eventTime}`;
      const stored = this.observations.get(moment);
      const isLower =
        stored !== undefined &&
        (stored.epoch > observation.epoch ||
          (stored.epoch === observation.epoch && stored.offset > observation.offset));
      if (isLower) return { kind: 'conflict' };
      this.observations.set(moment, observation);
      return { kind: 'applied' };
    });
  }

  async newest(queries: readonly ContextQuery[]): Promise<readonly Read<Observation | undefined>[]> {
    return queries.map(({ context, key, at }) => {
      if (this.isDown()) return noAnswer();
      const known = [...this.observations.values()].filter(
        (other) => other.context === context && other.key === key && other.eventTime <= at,
      );
      return { kind: 'read', value: known.toSorted((a, b) => b.eventTime - a.eventTime)[0] };
    });
  }

  /** How far back each call kept, by context. */
  readonly forgotten: (readonly [context: string, historyMs: number])[] = [];

  async forget(context: string, historyMs: number): Promise<number> {
    this.forgotten.push([context, historyMs]);
    return 0;
  }
}

export class MemoryOperations implements OperationsStore {
  readonly pausedStages = new Set<string>();
  tokens = Number.POSITIVE_INFINITY;
  isDown = false;
  readonly epochs = new Map<string, TopicEpoch>();
  /** Called with each question for the switch, before it is answered. */
  onPaused: () => void = () => {};

  async paused(stage: string): Promise<Read<boolean>> {
    this.onPaused();
    return this.isDown ? noAnswer() : { kind: 'read', value: this.pausedStages.has(stage) };
  }

  async setPaused(stage: string, paused: boolean): Promise<void> {
    if (paused) this.pausedStages.add(stage);
    else this.pausedStages.delete(stage);
  }

  async reserve(_limit: string, perMinute: number, want: number): Promise<Read<Reservation>> {
    if (this.isDown) return noAnswer();
    const left = Math.min(perMinute, this.tokens);
    const granted = want === 0 ? left : Math.min(left, want);
    if (want > 0) this.tokens -= granted;
    return { kind: 'read', value: { granted, resetsInMs: 20_000 } };
  }

  async epoch(topic: string, topicId: string): Promise<Read<TopicEpoch>> {
    if (this.isDown) return noAnswer();
    const known = this.epochs.get(topic) ?? { topicId, epoch: 0 };
    this.epochs.set(topic, known);
    return { kind: 'read', value: known };
  }

  async declareEpoch(topic: string, topicId: string): Promise<TopicEpoch> {
    const declared = { topicId, epoch: (this.epochs.get(topic)?.epoch ?? -1) + 1 };
    this.epochs.set(topic, declared);
    return declared;
  }

  async audit(): Promise<void> {}

  async audits(): Promise<readonly []> {
    return [];
  }
}

/** Acknowledges everything, but for what a test wants otherwise. */
export class MemoryProducer implements Producer {
  /** What was acknowledged, in order. */
  readonly out: OutputRecord[] = [];
  answer: (record: OutputRecord) => ProduceResult | undefined = () => undefined;

  async produce(records: readonly OutputRecord[]): Promise<readonly ProduceResult[]> {
    return records.map((record) => {
      const answer = this.answer(record);
      if (answer) return answer;
      this.out.push(record);
      return { kind: 'acked', partition: 0, offset: this.out.length - 1, timestamp: epochMsOf(0) };
    });
  }
}

export class MemoryTelemetry implements Telemetry {
  readonly reports: BatchReport[] = [];
  readonly lines: { readonly level: string; readonly message: string; readonly fields: LogFields }[] = [];

  batch(report: BatchReport): void {
    this.reports.push(report);
  }

  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields: LogFields): void {
    this.lines.push({ level, message, fields });
  }
}

/** `offset label`, in the order in which they were said. */
export class MemoryVerdicts implements VerdictJournal {
  readonly said: string[] = [];

  async record(_stage: string, entries: Parameters<VerdictJournal['record']>[1]): Promise<void> {
    this.said.push(...entries.map(({ at, verdict }) => `${at.offset} ${verdictLabel(verdict)}`));
  }
}
