/** Stores that fail statement by statement. What is written stays, whoever crashes. */
import type { LedgerItem, PayloadPointer } from '../../core/ledger/item.ts';
import { isRecordAway, isRequestAway, recordFrom, textIn } from '../../core/ledger/payload.ts';
import { transitioned } from '../../core/ledger/transitions.ts';
import type { PayloadRead, PayloadStore, PayloadStored } from '../../core/ports/payload-store.ts';
import type {
  ContextStore,
  LedgerStore,
  Observation,
  OperationsStore,
  Read,
  RowStore,
  StoredRow,
  TopicEpoch,
} from '../../core/ports/stores.ts';
import type { Actor, World } from './world.ts';

interface Unavailable {
  readonly kind: 'unavailable';
  readonly cause: unknown;
}

const unavailable = (): Unavailable => ({ kind: 'unavailable', cause: new Error('simulated') });

/** A call of several statements: each may be throttled, or be written without an answer. */
const statements = <Statement, Answer>(
  world: World,
  actor: Actor,
  label: string,
  list: readonly Statement[],
  perform: (statement: Statement) => Answer,
): Promise<readonly (Answer | Unavailable)[]> =>
  world.operation<readonly (Answer | Unavailable)[]>(actor, label, {
    perform: () => {
      world.journal.note(actor.name, { kind: 'worked', what: label });
      return list.map((statement) => {
        if (!world.has('store-fails') || !world.tape.chance(9)) return perform(statement);
        if (world.tape.chance(2)) perform(statement);
        return unavailable();
      });
    },
    failed: () => list.map(unavailable),
  });

export class Stores {
  readonly rows = new Map<string, StoredRow>();
  readonly context = new Map<string, Observation>();
  readonly claims = new Map<string, LedgerItem>();
  readonly effects = new Map<string, LedgerItem>();
  readonly payloads = new Map<string, Uint8Array>();
  readonly epochs = new Map<string, TopicEpoch>();
  readonly #world: World;
  readonly #tokens = new Map<string, number>();
  paused = false;

  constructor(world: World) {
    this.#world = world;
  }

  rowsOf(actor: Actor): RowStore {
    const world = this.#world;
    return {
      read: (entities) =>
        statements(world, actor, `read rows ${entities.join(' ')}`, entities, (entity) => ({
          kind: 'read' as const,
          value: this.rows.get(entity),
        })),
      write: (writes) =>
        statements(
          world,
          actor,
          `write rows ${writes.map(({ entity }) => entity).join(' ')}`,
          writes,
          (write) => {
            if ((this.rows.get(write.entity)?.digest ?? null) !== write.expected)
              return { kind: 'conflict' as const };
            this.rows.set(write.entity, write.row);
            world.journal.note(actor.name, { kind: 'row', entity: write.entity, body: write.row.body });
            return { kind: 'applied' as const };
          },
        ),
    };
  }

  contextOf(actor: Actor): ContextStore {
    const world = this.#world;
    const moment = ({
      context,
      key,
      eventTime,
    }: Pick<Observation, 'context' | 'key' | 'eventTime'>): string => `${context}/${key}/${eventTime}`;
    return {
      observe: (observations) =>
        statements(world, actor, 'observe', observations, (observation) => {
          const known = this.context.get(moment(observation));
          const isBehind =
            known !== undefined &&
            (known.epoch > observation.epoch ||
              (known.epoch === observation.epoch && known.offset > observation.offset));
          if (isBehind) return { kind: 'conflict' as const };
          this.context.set(moment(observation), observation);
          const { context, key, eventTime, epoch, offset } = observation;
          world.journal.note(actor.name, { kind: 'observed', context, key, eventTime, epoch, offset });
          return { kind: 'applied' as const };
        }),
      newest: (queries) =>
        statements(world, actor, 'read context', queries, (query): Read<Observation | undefined> => ({
          kind: 'read',
          value: [...this.context.values()]
            .filter(
              ({ context, key, eventTime }) =>
                context === query.context && key === query.key && eventTime <= query.at,
            )
            .toSorted((a, b) => a.eventTime - b.eventTime)
            .at(-1),
        })),
      forget: () => Promise.resolve(0),
    };
  }

  ledgerOf(actor: Actor, store: 'claims' | 'effects'): LedgerStore {
    const world = this.#world;
    const items = this[store];
    return {
      read: (keys) =>
        statements(world, actor, `read ${store}`, keys, (key) => ({
          kind: 'read' as const,
          value: items.get(key),
        })),
      apply: (writes) => {
        if (new Set(writes.map(({ key }) => key)).size !== writes.length)
          throw new Error('two writes for one key in one call');
        const label = `${store} ${writes.map(({ key, transition }) => `${transition.name} ${shortKey(key)}`).join(', ')}`;
        return statements(world, actor, label, writes, ({ key, transition }) => {
          const before = items.get(key);
          const after = transitioned(transition, before);
          if (after === undefined) return { kind: 'refused' as const, item: before };
          items.set(key, after);
          world.journal.note(actor.name, {
            kind: 'ledger',
            store,
            key,
            transition: transition.name,
            before: before && this.#whole(before),
            after: this.#whole(after),
          });
          return { kind: 'applied' as const, item: after };
        });
      },
      list: () => Promise.resolve([...items.values()]),
    };
  }

  payloadsOf(actor: Actor): PayloadStore {
    const world = this.#world;
    return {
      put: (key, body) =>
        world.operation<PayloadStored>(actor, `put ${key.slice(-8)}`, {
          perform: () => {
            this.payloads.set(key, body);
            return { kind: 'stored' };
          },
          failed: unavailable,
        }),
      get: (key) =>
        world.operation<PayloadRead>(actor, `get ${key.slice(-8)}`, {
          perform: () => {
            const body = this.payloads.get(key);
            return body ? { kind: 'read', body } : { kind: 'missing' };
          },
          failed: unavailable,
        }),
    };
  }

  /** An item with what it points to. An item that points to nothing must never be written. */
  #whole(item: LedgerItem): LedgerItem {
    const textAt = (pointer: PayloadPointer): string | undefined => {
      const body = this.payloads.get(pointer.key);
      const text = body && textIn(pointer, body);
      if (text === undefined) this.#world.journal.note('store', { kind: 'dangling', key: pointer.key });
      return text;
    };
    const { work, emits } = item;
    return {
      ...item,
      work: isRequestAway(work) ? { kind: 'run', request: textAt(work.payload) ?? '{}' } : work,
      emits: emits.flatMap((record) => {
        if (!isRecordAway(record)) return record;
        const text = textAt(record.payload);
        return text === undefined ? [] : recordFrom(record, text);
      }),
    };
  }

  /** Time to live, by the store's clock. */
  expire(): void {
    for (const items of [this.claims, this.effects])
      for (const [key, { expiresAt }] of items)
        if (expiresAt !== null && expiresAt < this.#world.now) items.delete(key);
  }

  operationsOf(actor: Actor): OperationsStore {
    const world = this.#world;
    const refuse = (): never => {
      throw new Error('the simulation changes this by itself');
    };
    return {
      paused: () =>
        world.operation<Read<boolean>>(actor, 'read the kill switch', {
          perform: () => {
            world.journal.note(actor.name, { kind: 'switch-read', paused: this.paused });
            return { kind: 'read', value: this.paused };
          },
          failed: unavailable,
        }),
      reserve: (limit, perMinute, want) =>
        world.operation<Read<{ granted: number; resetsInMs: number }>>(
          actor,
          `reserve ${want} of the limit`,
          {
            perform: () => {
              const minute = Math.floor(world.now / 60_000);
              const taken = this.#tokens.get(`${limit}/${minute}`) ?? 0;
              const granted = want === 0 ? perMinute - taken : Math.min(want, perMinute - taken);
              if (want > 0) {
                this.#tokens.set(`${limit}/${minute}`, taken + granted);
                world.journal.note(actor.name, { kind: 'reserved', granted });
              }
              return { kind: 'read', value: { granted, resetsInMs: (minute + 1) * 60_000 - world.now } };
            },
            failed: unavailable,
          },
        ),
      epoch: (topic, topicId) =>
        world.operation<Read<TopicEpoch>>(actor, 'read the epoch', {
          perform: () => {
            const known = this.epochs.get(topic) ?? { topicId, epoch: 1 };
            this.epochs.set(topic, known);
            return { kind: 'read', value: known };
          },
          failed: unavailable,
        }),
      setPaused: refuse,
      declareEpoch: refuse,
      audit: () => world.operation<void>(actor, 'leave an audit record', { perform: () => {} }),
      audits: refuse,
    };
  }

  declareEpoch(topic: string, topicId: string): void {
    this.epochs.set(topic, { topicId, epoch: (this.epochs.get(topic)?.epoch ?? 0) + 1 });
  }
}

const shortKey = (key: string): string => key.slice(-24);
