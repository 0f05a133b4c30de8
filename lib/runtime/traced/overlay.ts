/** Stores over stores: what is written stays here, what is not here is read from below. Nothing below is changed. */
import type { LedgerItem } from '../../core/ledger/item.ts';
import { transitioned } from '../../core/ledger/transitions.ts';
import type { Producer } from '../../core/ports/event-log.ts';
import type {
  ContextStore,
  LedgerStore,
  LedgerWritten,
  OperationsStore,
  RowStore,
  StoredRow,
  Written,
} from '../../core/ports/stores.ts';
import type { Transport } from '../../core/stages/action.ts';
import { epochMsOf } from '../../core/units.ts';

const refused = (what: string): never => {
  throw new Error(`${what} is no part of a batch`);
};

export const overlayRows = (below: RowStore): RowStore => {
  const rows = new Map<string, StoredRow>();
  const read: RowStore['read'] = async (entities) => {
    const stored = await below.read(entities);
    return entities.map((entity, index) => {
      const row = rows.get(entity);
      return row === undefined
        ? (stored[index] ?? { kind: 'unavailable', cause: undefined })
        : { kind: 'read', value: row };
    });
  };
  return {
    read,
    write: async (writes) => {
      const stored = await read(writes.map(({ entity }) => entity));
      return writes.map(({ entity, expected, row }, index): Written => {
        const now = stored[index];
        if (now?.kind !== 'read') return { kind: 'unavailable', cause: now?.cause };
        if ((now.value?.digest ?? null) !== expected) return { kind: 'conflict' };
        rows.set(entity, row);
        return { kind: 'applied' };
      });
    },
  };
};

export const overlayLedger = (below: LedgerStore): LedgerStore => {
  const items = new Map<string, LedgerItem>();
  const read: LedgerStore['read'] = async (keys) => {
    const stored = await below.read(keys);
    return keys.map((key, index) => {
      const item = items.get(key);
      return item === undefined
        ? (stored[index] ?? { kind: 'unavailable', cause: undefined })
        : { kind: 'read', value: item };
    });
  };
  return {
    read,
    apply: async (writes) => {
      const stored = await read(writes.map(({ key }) => key));
      return writes.map(({ key, transition }, index): LedgerWritten => {
        const now = stored[index];
        if (now?.kind !== 'read') return { kind: 'unavailable', cause: now?.cause };
        const item = transitioned(transition, now.value);
        if (item === undefined) return { kind: 'refused', item: now.value };
        items.set(key, item);
        return { kind: 'applied', item };
      });
    },
    list: (filter) => below.list(filter),
  };
};

/** One batch observes and does not ask for what it has observed. */
export const overlayContext = (below: ContextStore): ContextStore => ({
  newest: (queries) => below.newest(queries),
  observe: async (observations) => observations.map((): Written => ({ kind: 'applied' })),
  forget: async () => 0,
});

/** An epoch is registered before anything consumes, by whoever starts a run: it is only looked up here. */
export const overlayOperations = (below: OperationsStore): OperationsStore => {
  let taken = 0;
  return {
    paused: (stage) => below.paused(stage),
    reserve: async (limit, perMinute, want) => {
      const look = await below.reserve(limit, perMinute, 0);
      if (look.kind !== 'read' || want === 0) return look;
      const granted = Math.min(want, Math.max(0, look.value.granted - taken));
      taken += granted;
      return { kind: 'read', value: { ...look.value, granted } };
    },
    epoch: (topic, topicId) => below.epoch(topic, topicId),
    setPaused: async () => refused('a switch'),
    declareEpoch: async () => refused('a new epoch'),
    audit: async () => refused('an audit record'),
    audits: (limit) => below.audits(limit),
  };
};

export const overlayProducer = (now: () => number): Producer => ({
  produce: async (records) =>
    records.map((_, index) => ({ kind: 'acked', partition: 0, offset: index, timestamp: epochMsOf(now()) })),
});

export const overlayTransport: Transport = {
  send: async () => ({ kind: 'done', evidence: 'not sent' }),
};
