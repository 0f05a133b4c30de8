import { InvariantError } from '../../core/errors.ts';
import type { LedgerItem, LedgerState } from '../../core/ledger/item.ts';
import { holds, transitioned, type Transition } from '../../core/ledger/transitions.ts';
import type { LedgerStore, LedgerWrite, LedgerWritten, Read } from '../../core/ports/stores.ts';
import { storeUnavailable, type Connection } from './client.ts';
import { itemOf } from './ledger-item.ts';
import { listedKeys, statesIn } from './ledger-list.ts';
import { insertOf, updateOf } from './ledger-statement.ts';
import { readItems } from './read-items.ts';
import { execute, type Statement, type StatementAnswer } from './statements.ts';

type ItemRead = Read<LedgerItem | undefined>;

/** A write on its way: what its item is known to be, and what came of it. */
interface Planned {
  readonly write: LedgerWrite;
  before: LedgerItem | undefined;
  written: StatementAnswer | undefined;
  answer: LedgerWritten | undefined;
}

const missing = {
  kind: 'unavailable',
  cause: storeUnavailable(new Error('the store gave no answer')),
} as const;

const isInsert = ({ write }: Planned): boolean => 'put' in write.transition.then;

/** Nobody else can have changed an item whose owner, or whose revision, the transition's condition names. */
const isPinned = ({ when }: Transition): boolean =>
  !when.absent && (when.owner !== undefined || when.revision !== undefined);

/**
 * The claims of inference or the effect ledger of action, each in a table of its own.
 *
 * A new claim is an INSERT, everything else an UPDATE with the transition's own condition. What is refused is answered with
 * what stands there: one consistent read for all of a call.
 */
export class DynamoLedgerStore implements LedgerStore {
  readonly #connection: Connection;
  readonly #table: string;

  constructor(connection: Connection, table: string) {
    this.#connection = connection;
    this.#table = table;
  }

  async read(keys: readonly string[]): Promise<readonly ItemRead[]> {
    const answers = await this.#read(keys);
    return keys.map((key) => answers.get(key) ?? missing);
  }

  async apply(writes: readonly LedgerWrite[]): Promise<readonly LedgerWritten[]> {
    const planned = writes.map((write): Planned => {
      const { transition, seen } = write;
      const before = seen !== undefined && holds(transition.when, seen) ? seen : undefined;
      return { write, before, written: undefined, answer: undefined };
    });
    await this.#look(planned.filter((one) => !isInsert(one) && one.before === undefined));
    const open = planned.filter(({ answer }) => answer === undefined);
    const written = await execute(
      this.#connection,
      open.map((one) => this.#statement(one)),
    );
    open.forEach((one, index) => {
      one.written = written[index] ?? missing;
      one.answer = firstAnswer(one, one.written);
    });
    await this.#lookAgain(open.filter(({ answer }) => answer === undefined));
    return planned.map(({ answer }) => answer ?? missing);
  }

  async list({
    states,
    limit,
  }: {
    readonly states: readonly LedgerState[];
    readonly limit: number;
  }): Promise<readonly LedgerItem[]> {
    const keys = await listedKeys(this.#connection, this.#table, states, limit);
    const answers = await this.#read(keys);
    const items = keys.flatMap((key) => {
      const answer = answers.get(key) ?? missing;
      if (answer.kind === 'unavailable') throw storeUnavailable(answer.cause);
      // The index is a moment behind.
      return answer.value !== undefined && states.includes(answer.value.state) ? [answer.value] : [];
    });
    return items
      .toSorted((a, b) => a.firstAttempt - b.firstAttempt || (a.key < b.key ? -1 : 1))
      .slice(0, limit);
  }

  /**
   * How many items are in some states, counted up to `limit`: by the keys that `list` begins with, and no item is read. The
   * index is a moment behind. @throws {TransientError} `STORE_UNAVAILABLE`
   */
  async count({
    states,
    limit,
  }: {
    readonly states: readonly LedgerState[];
    readonly limit: number;
  }): Promise<number> {
    const keys = await listedKeys(this.#connection, this.#table, states, limit);
    return Math.min(keys.length, limit);
  }

  /** For the report of a local run: reads the whole table. */
  async countByState(): Promise<Readonly<Partial<Record<LedgerState, number>>>> {
    return statesIn(this.#connection, this.#table);
  }

  /** An update is made of the item as it is: who does not know it reads it first. */
  async #look(planned: readonly Planned[]): Promise<void> {
    if (planned.length === 0) return;
    const found = await this.#read(planned.map(({ write }) => write.key));
    for (const one of planned) {
      const read = found.get(one.write.key) ?? missing;
      if (read.kind === 'unavailable') one.answer = read;
      else if (holds(one.write.transition.when, read.value)) one.before = read.value;
      else one.answer = { kind: 'refused', item: read.value };
    }
  }

  /** Why a write was refused; and what came of an update of an item that others may have changed since it was read. */
  async #lookAgain(planned: readonly Planned[]): Promise<void> {
    if (planned.length === 0) return;
    const found = await this.#read(planned.map(({ write }) => write.key));
    for (const one of planned) {
      const read = found.get(one.write.key) ?? missing;
      if (read.kind === 'unavailable') one.answer = read;
      else if (one.written?.kind === 'applied' && read.value !== undefined)
        one.answer = { kind: 'applied', item: read.value };
      else one.answer = { kind: 'refused', item: read.value };
    }
  }

  #statement({ write, before }: Planned): Statement {
    const { transition } = write;
    const { when, then } = transition;
    if ('put' in then) return insertOf(this.#table, then.put);
    const after = transitioned(transition, before);
    if (before === undefined || after === undefined || when.absent)
      throw new InvariantError('STATE_TABLE_BROKEN', {
        message: `transition ${transition.name} has no item to begin with`,
      });
    return updateOf(this.#table, { when, then }, before, after);
  }

  async #read(keys: readonly string[]): Promise<ReadonlyMap<string, ItemRead>> {
    const answers = await readItems(this.#connection, this.#table, 'key', keys);
    return new Map(
      [...answers].map(([key, answer]): readonly [string, ItemRead] => [
        key,
        answer.kind === 'unavailable'
          ? answer
          : { kind: 'read', value: answer.value && itemOf(answer.value) },
      ]),
    );
  }
}

/** The answer, where it is known without another look. */
const firstAnswer = (
  { write: { transition }, before }: Planned,
  written: StatementAnswer,
): LedgerWritten | undefined => {
  if (written.kind === 'unavailable') return written;
  if (written.kind === 'refused') return undefined;
  if ('put' in transition.then) return { kind: 'applied', item: transition.then.put };
  const after = isPinned(transition) ? transitioned(transition, before) : undefined;
  return after && { kind: 'applied', item: after };
};
