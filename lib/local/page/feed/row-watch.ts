import type { RowStore } from '../../../core/ports/stores.ts';
import type { PageRow } from '../protocol/page-state.ts';
import { BoundedMap } from './bounded-map.ts';

/** Entities that are known, and shown, at most. */
const mostRows = 500;
const mostListed = 200;
/** Rows that are looked at in one go. */
const mostLookedAt = 50;
const mostVersions = 20;
/** So far back the changes of a row are counted, ms. */
const windowMs = 60_000;

interface RowVersion {
  readonly version: number;
  /** When it was first seen, Unix ms. */
  readonly at: number;
}

interface WatchedRow {
  /** The newest last. */
  readonly versions: readonly RowVersion[];
  readonly isTouched: boolean;
}

/** The version closes a stored row: it is read without reading the whole. */
const versionIn = (body: string): number => Number(/"version":(\d+)\}$/.exec(body)?.[1] ?? Number.NaN);

/** Rows as they change. Entities are known from what is published; the newest of them are looked at. */
export class RowWatch {
  readonly #rows: RowStore;
  readonly #watched = new BoundedMap<string, WatchedRow>(mostRows);

  constructor(rows: RowStore) {
    this.#rows = rows;
  }

  /** An event of the entity was published. */
  touch(key: string): void {
    this.#watched.set(key, { versions: this.#watched.get(key)?.versions ?? [], isTouched: true });
  }

  /** Looks at the rows that may have changed. */
  async look(now: number): Promise<void> {
    const keys = this.#watched
      .newest(mostRows)
      .filter(([, { isTouched }]) => isTouched)
      .slice(0, mostLookedAt)
      .map(([key]) => key);
    await this.#note(keys, now);
  }

  /** Those that changed last come first. */
  async list(now: number): Promise<readonly PageRow[]> {
    const keys = this.#watched.newest(mostListed).map(([key]) => key);
    await this.#note(keys, now);
    return keys.flatMap((key): PageRow[] => {
      const versions = this.#watched.get(key)?.versions ?? [];
      const newest = versions.at(-1);
      if (newest === undefined) return [];
      const { version, at } = versions.find((seen) => now - seen.at <= windowMs) ?? newest;
      // What is seen for the first time was not there before, or nobody looked.
      const changes = newest.version - version + (at === newest.at ? 0 : 1);
      return [{ key, version: newest.version, ageMs: Math.max(0, now - newest.at), changes }];
    });
  }

  /** One row as it is now, and the versions that were seen of it; `undefined` where there is none. */
  async show(
    key: string,
    now: number,
  ): Promise<{ readonly row: unknown; readonly versions: readonly RowVersion[] } | undefined> {
    await this.#note([key], now);
    const [read] = await this.#rows.read([key]);
    if (read?.kind !== 'read' || read.value === undefined) return undefined;
    const row = JSON.parse(read.value.body) as unknown;
    return { row, versions: this.#watched.get(key)?.versions ?? [] };
  }

  async #note(keys: readonly string[], now: number): Promise<void> {
    const reads = await this.#rows.read(keys);
    for (const [index, key] of keys.entries()) {
      const read = reads[index];
      const watched = this.#watched.get(key);
      if (watched === undefined || read?.kind !== 'read') continue;
      const version = read.value === undefined ? Number.NaN : versionIn(read.value.body);
      const isNew = Number.isSafeInteger(version) && watched.versions.at(-1)?.version !== version;
      const versions = isNew
        ? [...watched.versions, { version, at: now }].slice(-mostVersions)
        : watched.versions;
      this.#watched.replace(key, { versions, isTouched: false });
    }
  }
}
