import type { CommonPorts } from '../../../lib/core/ports/stage-ports.ts';
import type { ContextStore, LedgerStore, OperationsStore, RowStore } from '../../../lib/core/ports/stores.ts';

/**
 * CPU of this process by phase: all that is used between one change of phase and the next belongs to the phase in between.
 * One batch is under way at a time, so the phases of a batch follow each other.
 */
export class PhaseMeter {
  readonly micros: Record<string, number> = {};
  #phase = 'outside';
  #since = process.cpuUsage();

  enter(phase: string): string {
    const before = this.#phase;
    const { user, system } = process.cpuUsage(this.#since);
    this.#since = process.cpuUsage();
    this.micros[before] = (this.micros[before] ?? 0) + user + system;
    this.#phase = phase;
    return before;
  }

  async within<Value>(phase: string, work: () => Promise<Value>): Promise<Value> {
    const before = this.enter(phase);
    try {
      return await work();
    } finally {
      this.enter(before);
    }
  }
}

/** Ports whose every call is a phase of its stage. */
export const meteredPorts = (meter: PhaseMeter, stage: string) => {
  const phase =
    (name: string) =>
    <Value>(work: () => Promise<Value>): Promise<Value> =>
      meter.within(`${stage}.${name}`, work);
  const [read, write, claim, freeze, emit, look, context] = [
    phase('read rows'),
    phase('advance rows'),
    phase('claim'),
    phase('freeze'),
    phase('emit'),
    phase('switch and limit'),
    phase('context'),
  ];
  return {
    rows: (rows: RowStore): RowStore => ({
      read: (entities) => read(() => rows.read(entities)),
      write: (writes) => write(() => rows.write(writes)),
    }),
    ledger: (ledger: LedgerStore): LedgerStore => ({
      list: (filter) => ledger.list(filter),
      read: (keys) => claim(() => ledger.read(keys)),
      apply: (writes) =>
        (writes[0]?.transition.name === 'claim' ? claim : freeze)(() => ledger.apply(writes)),
    }),
    context: (store: ContextStore): ContextStore => ({
      observe: (observations) => context(() => store.observe(observations)),
      newest: (queries) => context(() => store.newest(queries)),
      forget: (...given) => store.forget(...given),
    }),
    operations: (store: OperationsStore): Pick<OperationsStore, 'paused' | 'reserve' | 'epoch'> => ({
      paused: (name) => look(() => store.paused(name)),
      reserve: (limit, perMinute, want) => look(() => store.reserve(limit, perMinute, want)),
      epoch: (topic, topicId) => look(() => store.epoch(topic, topicId)),
    }),
    log: ({
      producer,
      topics,
    }: Pick<CommonPorts, 'producer' | 'topics'>): Pick<CommonPorts, 'producer' | 'topics'> => ({
      producer: { produce: (records) => emit(() => producer.produce(records)) },
      topics: { topicIds: (names) => look(() => topics.topicIds(names)) },
    }),
  };
};
