import type { Read, RowStore, RowWrite, StoredRow, Written } from '../core/ports/stores.ts';

/** Rows in memory. */
export class MemoryRows implements RowStore {
  readonly #rows: Map<string, StoredRow>;

  constructor(before: readonly (readonly [entity: string, row: StoredRow])[] = []) {
    this.#rows = new Map(before);
  }

  async read(entities: readonly string[]): Promise<readonly Read<StoredRow | undefined>[]> {
    return entities.map((entity) => ({ kind: 'read', value: this.#rows.get(entity) }));
  }

  async write(writes: readonly RowWrite[]): Promise<readonly Written[]> {
    return writes.map(({ entity, expected, row }) => {
      if ((this.#rows.get(entity)?.digest ?? null) !== expected) return { kind: 'conflict' };
      this.#rows.set(entity, row);
      return { kind: 'applied' };
    });
  }

  all(): ReadonlyMap<string, StoredRow> {
    return this.#rows;
  }
}
