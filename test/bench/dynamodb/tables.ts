import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { tableNames, tableShape } from '../../../lib/core/contract/tables.ts';
import { writeUnits, type Item } from './attributes.ts';

/** What was asked of the fake, and what it would have cost. */
export interface Counts {
  /** HTTP requests by operation. */
  readonly requests: Readonly<Record<string, number>>;
  readonly writeUnits: number;
}

interface KeyNames {
  readonly partition: string;
  readonly sort: string | undefined;
}

/** Freshet's tables by the end of their name; Powertools' has the key that its documentation creates. */
const keyNamesOf = (table: string): KeyNames => {
  const name = tableNames.find((one) => table === one || table.endsWith(`-${one}`));
  if (name === undefined) return { partition: 'id', sort: undefined };
  const { partitionKey, sortKey } = tableShape(name);
  return { partition: partitionKey, sort: sortKey?.name };
};

const valueText = (value: AttributeValue | undefined): string => value?.S ?? value?.N ?? '';

/** Items as JSON texts, for a million of them must fit; by partition key, then by sort key. */
export class Tables {
  readonly #tables = new Map<string, Map<string, Map<string, string>>>();
  #requests: Record<string, number> = {};
  #writeUnits = 0;

  clear(): void {
    this.#tables.clear();
    this.resetCounts();
  }

  resetCounts(): void {
    this.#requests = {};
    this.#writeUnits = 0;
  }

  get counts(): Counts {
    return { requests: this.#requests, writeUnits: this.#writeUnits };
  }

  countRequest(operation: string): void {
    this.#requests[operation] = (this.#requests[operation] ?? 0) + 1;
  }

  get(table: string, key: Item): Item | undefined {
    const names = keyNamesOf(table);
    const text = this.#partition(table, valueText(key[names.partition])).get(sortText(names, key));
    return text === undefined ? undefined : (JSON.parse(text) as Item);
  }

  /** A partition's items by their sort key, a number: the newest first. */
  newest(table: string, partition: string): readonly Item[] {
    const { sort = '' } = keyNamesOf(table);
    return [...this.#partition(table, partition).values()]
      .map((text) => JSON.parse(text) as Item)
      .toSorted((one, other) => Number(other[sort]?.N) - Number(one[sort]?.N));
  }

  /**
   * Writes what `change` makes of what stands there, and counts its units; a refusal costs them too.
   *
   * @param change - `undefined`: refused
   * @returns what stood there, where it is refused
   */
  write(
    table: string,
    key: Item,
    change: (before: Item | undefined) => Item | undefined,
  ): { readonly refused: false } | { readonly refused: true; readonly item: Item | undefined } {
    const before = this.get(table, key);
    const after = change(before);
    this.#writeUnits += writeUnits(before, after);
    if (after === undefined) return { refused: true, item: before };
    const names = keyNamesOf(table);
    this.#partition(table, valueText(after[names.partition])).set(
      sortText(names, after),
      JSON.stringify(after),
    );
    return { refused: false };
  }

  /** How many items a table has. */
  size(table: string): number {
    return [...(this.#tables.get(table)?.values() ?? [])].reduce((sum, { size }) => sum + size, 0);
  }

  #partition(table: string, key: string): Map<string, string> {
    const partitions = this.#tables.get(table) ?? new Map<string, Map<string, string>>();
    this.#tables.set(table, partitions);
    const found = partitions.get(key) ?? new Map<string, string>();
    partitions.set(key, found);
    return found;
  }
}

const sortText = ({ sort }: KeyNames, item: Item): string =>
  sort === undefined ? '' : valueText(item[sort]);
