import type { RowStore } from '../../../core/ports/stores.ts';
import type { PageRow, PageRowChanges, PageRowDetails, PageRows } from '../protocol/page-state.ts';
import { BoundedMap } from './bounded-map.ts';
import { rowChanges } from './row-changes.ts';

/** Entities that are known, and shown, at most. */
const mostRows = 500;
const mostListed = 200;
/** Rows that are looked at in one go. */
const mostLookedAt = 50;
/** Rows of which it is known what changed: the first that are touched; where there are more, those that were opened last. */
const mostCompared = 24;
/** So often a row is looked at after an event of it: by then it is folded, or never will be. */
const looksAfterEvent = 10;
/** So far back the changes of a row are counted, ms. */
const windowMs = 60_000;
/** Of the versions seen within so many ms the last is remembered: the window is covered, however fast a row changes. */
const apartMs = 3_000;

/** When it was first seen is not when it was written: a row does not say that. */
type RowVersion = PageRowDetails['versions'][number];

interface WatchedRow {
  /** The newest last. The first is what was there when the row was looked at for the first time. */
  readonly versions: readonly RowVersion[];
  readonly looksLeft: number;
}

/** Stored rows as they were seen: of the newest version, and of the one before it that is remembered. */
interface SeenBodies {
  readonly newest?: string | undefined;
  readonly before?: string | undefined;
}

/** Whether a version that is seen now takes the place of the last. */
const isSameTurn = (versions: readonly RowVersion[], now: number): boolean => {
  const last = versions.at(-1);
  return (
    versions.length > 1 && last !== undefined && Math.floor(last.at / apartMs) === Math.floor(now / apartMs)
  );
};

/** What is remembered once another version is seen: of the time before the window, the version that it begins with. */
const withVersion = (versions: readonly RowVersion[], seen: RowVersion): readonly RowVersion[] => {
  const all = [...(isSameTurn(versions, seen.at) ? versions.slice(0, -1) : versions), seen];
  const begin = all.findLastIndex(({ at }) => seen.at - at > windowMs);
  return all.slice(Math.max(0, begin));
};

/** The version closes a stored row: it is read without reading the whole. */
const versionIn = (body: string): number => Number(/"version":(\d+)\}$/.exec(body)?.[1] ?? Number.NaN);

const stateIn = (body: string): unknown => (JSON.parse(body) as { readonly state?: unknown }).state;

/** Rows as they change. Entities are known from what is published; the newest of them are looked at. */
export class RowWatch {
  readonly #rows: RowStore;
  readonly #watched = new BoundedMap<string, WatchedRow>(mostRows);
  readonly #bodies = new BoundedMap<string, SeenBodies>(mostCompared);

  constructor(rows: RowStore) {
    this.#rows = rows;
  }

  /** An event of the entity was published. */
  touch(key: string): void {
    this.#watched.set(key, {
      versions: this.#watched.get(key)?.versions ?? [],
      looksLeft: looksAfterEvent,
    });
    if (this.#bodies.size < mostCompared && this.#bodies.get(key) === undefined) this.#bodies.set(key, {});
  }

  /** Looks at the rows that may have changed; to be called every second, whether or not anybody watches. */
  async look(now: number): Promise<void> {
    const keys = this.#watched
      .newest(mostRows)
      .filter(([, { looksLeft }]) => looksLeft > 0)
      .slice(0, mostLookedAt)
      .map(([key]) => key);
    await this.#note(keys, now);
  }

  /** Those that changed last come first. */
  async list(now: number): Promise<PageRows> {
    const keys = this.#watched.newest(mostListed).map(([key]) => key);
    await this.#note(keys, now);
    const rows = keys.flatMap((key): PageRow[] => {
      const versions = this.#watched.get(key)?.versions ?? [];
      const newest = versions.at(-1);
      if (newest === undefined) return [];
      const before = versions.findLast(({ at }) => now - at > windowMs) ?? versions[0];
      return [
        {
          key,
          version: newest.version,
          changedMs: versions.length > 1 ? Math.max(0, now - newest.at) : null,
          changes: newest.version - (before?.version ?? newest.version),
        },
      ];
    });
    const known = this.#watched.size;
    return {
      rows,
      total: known > keys.length ? known : rows.length,
      isMore: this.#watched.hasForgotten,
    };
  }

  /** One row as it is now, and the versions that were seen of it; `undefined` where there is none. */
  async show(key: string, now: number): Promise<Omit<PageRowDetails, 'context'> | undefined> {
    if (this.#watched.get(key) !== undefined) this.#bodies.set(key, this.#bodies.get(key) ?? {});
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
      this.#watched.replace(key, {
        versions:
          read.value === undefined
            ? watched.versions
            : this.#versions(key, watched.versions, read.value.body, now),
        looksLeft: Math.max(0, watched.looksLeft - 1),
      });
    }
  }

  /** The versions that are remembered once a row was read. */
  #versions(key: string, versions: readonly RowVersion[], body: string, now: number): readonly RowVersion[] {
    const version = versionIn(body);
    if (!Number.isSafeInteger(version)) return versions;
    if (versions.at(-1)?.version !== version) {
      const changes = this.#changes(key, body, isSameTurn(versions, now));
      return withVersion(versions, { version, at: now, changes });
    }
    if (this.#bodies.get(key)?.newest === undefined) this.#bodies.replace(key, { newest: body });
    return versions;
  }

  /** @param isInPlace - the version takes the place of the last: what changed is told from the one before that */
  #changes(key: string, body: string, isInPlace: boolean): PageRowChanges | null {
    const seen = this.#bodies.get(key);
    const before = isInPlace ? seen?.before : seen?.newest;
    this.#bodies.replace(key, { newest: body, before });
    return before === undefined ? null : rowChanges(stateIn(before), stateIn(body));
  }
}
