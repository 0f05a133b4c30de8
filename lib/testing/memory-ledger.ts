import type { LedgerItem, LedgerState } from '../core/ledger/item.ts';
import { transitioned } from '../core/ledger/transitions.ts';
import type { LedgerStore, LedgerWrite, LedgerWritten, Read } from '../core/ports/stores.ts';
import { epochMsOf } from '../core/units.ts';

/** Claims or effects in memory. Core's state table decides every write. */
export class MemoryLedger implements LedgerStore {
  readonly #items = new Map<string, LedgerItem>();

  async read(keys: readonly string[]): Promise<readonly Read<LedgerItem | undefined>[]> {
    return keys.map((key) => ({ kind: 'read', value: this.#items.get(key) }));
  }

  async apply(writes: readonly LedgerWrite[]): Promise<readonly LedgerWritten[]> {
    return writes.map(({ key, transition }) => {
      const stored = this.#items.get(key);
      const item = transitioned(transition, stored);
      if (item === undefined) return { kind: 'refused', item: stored };
      this.#items.set(key, item);
      return { kind: 'applied', item };
    });
  }

  async list({
    states,
    limit,
  }: {
    readonly states: readonly LedgerState[];
    readonly limit: number;
  }): Promise<readonly LedgerItem[]> {
    return [...this.#items.values()]
      .filter(({ state }) => states.includes(state))
      .toSorted((a, b) => a.firstAttempt - b.firstAttempt || (a.key < b.key ? -1 : 1))
      .slice(0, limit);
  }

  /** A worker that crashed is only missed once its lease is over: here at once, so that no time passes. */
  endLeases(): void {
    for (const item of this.#items.values())
      if (item.leaseUntil !== null) this.#items.set(item.key, { ...item, leaseUntil: epochMsOf(0) });
  }
}
