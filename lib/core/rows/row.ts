/**
 * A row: one entity's state, and what keeps it right under any redelivery.
 *
 * No wall clock is in it: the same events give the same bytes.
 */
import { canonicalJson, digestOf } from '../digest.ts';
import { InvariantError } from '../errors.ts';
import type { StoredRow } from '../ports/stores.ts';
import type { Coordinates } from '../record.ts';

/** Last offset folded, per topic id and partition: what is not after it is a duplicate. */
export interface FenceEntry {
  readonly topicId: string;
  readonly partition: number;
  readonly offset: number;
}

/** An offset that a dead letter left behind the fence. A redrive is admitted only through it. */
export interface Hole extends FenceEntry {
  /** Redrive number n of the letter that stands for it. */
  readonly redrive: number;
}

export interface RecentId {
  readonly key: string;
  readonly digest: string;
}

export interface Row {
  /**
   * Canonical JSON. As text and not as a value: each fold gets a copy of its own, so that one which changes its state in
   * place changes no other row, and folding in one batch or in two gives the same bytes.
   */
  readonly state: string;
  /** Number of events folded. */
  readonly version: number;
  readonly foldVersion: number;
  readonly fence: readonly FenceEntry[];
  /** Bounded, oldest first. */
  readonly recentIds: readonly RecentId[];
  /** Bounded, oldest first; one that is evicted makes its letter not redrivable. */
  readonly holes: readonly Hole[];
}

/** Bounds of a row, from the contract. */
export interface RowBounds {
  readonly foldVersion: number;
  readonly recentIds: number;
  readonly holes: number;
}

export const emptyRow = (initial: unknown, foldVersion: number): Row => ({
  state: canonicalJson(initial),
  version: 0,
  foldVersion,
  fence: [],
  recentIds: [],
  holes: [],
});

/** Enough to tell two payloads of one identity apart; the whole digest would be half of a small row. */
const shortDigest = (digest: string): string => digest.slice(0, 16);

/** Generations a fence remembers: records of an older one than these can no longer be in any log. */
const longestFence = 8;

const samePartition = (a: Omit<FenceEntry, 'offset'>, b: Omit<FenceEntry, 'offset'>): boolean =>
  a.topicId === b.topicId && a.partition === b.partition;

export const isBehindFence = (row: Row, at: Coordinates): boolean =>
  row.fence.some((entry) => samePartition(entry, at) && at.offset <= entry.offset);

export const holeAt = (row: Row, at: Coordinates): Hole | undefined =>
  row.holes.find((hole) => samePartition(hole, at) && hole.offset === at.offset);

/** Moves the fence to an offset; never back. */
export const withFence = (row: Row, { topicId, partition, offset }: Coordinates): Row => {
  if (isBehindFence(row, { topic: '', topicId, partition, offset })) return row;
  const others = row.fence.filter((entry) => !samePartition(entry, { topicId, partition }));
  return { ...row, fence: [...others, { topicId, partition, offset }].slice(-longestFence) };
};

/** What the row knows of an identity: nothing, the same payload, or another one under the same identity. */
export const knownIdentity = (row: Row, key: string, digest: string): 'new' | 'same' | 'conflict' => {
  const known = row.recentIds.findLast((recent) => recent.key === key);
  if (known === undefined) return 'new';
  return known.digest === shortDigest(digest) ? 'same' : 'conflict';
};

/** The last ones of a list; `slice(-0)` would be all of them. */
const lastOf = <Item>(items: readonly Item[], count: number): readonly Item[] =>
  items.slice(Math.max(0, items.length - count));

/** The row after one more event. */
export const withFolded = (row: Row, state: string, key: string, digest: string, bounds: RowBounds): Row => ({
  ...row,
  state,
  version: row.version + 1,
  recentIds: lastOf([...row.recentIds, { key, digest: shortDigest(digest) }], bounds.recentIds),
});

export const withHole = (row: Row, at: Coordinates, redrive: number, bounds: RowBounds): Row => {
  const { topicId, partition, offset } = at;
  const others = withoutHole(row, at).holes;
  return { ...row, holes: lastOf([...others, { topicId, partition, offset, redrive }], bounds.holes) };
};

export const withoutHole = (row: Row, at: Coordinates): Row => ({
  ...row,
  holes: row.holes.filter((hole) => !(samePartition(hole, at) && hole.offset === at.offset)),
});

/** Digest of an entity's state, which a vector carries: together with the version it says what the vector was made from (V6). */
export const stateDigest = (row: Row): string => digestOf(row.state);

export const storedRow = (row: Row): StoredRow => {
  const { fence, foldVersion, holes, recentIds, state, version } = row;
  const before = canonicalJson({ fence, foldVersion, holes, recentIds });
  // Whoever reads a row finds its state in it as JSON, and not as JSON within a string.
  const body = `${before.slice(0, -1)},"state":${state},"version":${version}}`;
  return { body, digest: digestOf(body) };
};

/**
 * Reads a stored row.
 *
 * @throws {InvariantError} `FOLD_VERSION_CHANGED` where it was folded by another version of the fold: misreading it would be worse than stopping
 */
export const openRow = (stored: StoredRow, entity: string, foldVersion: number): Row => {
  const row = JSON.parse(stored.body) as Omit<Row, 'state'> & { readonly state: unknown };
  if (row.foldVersion !== foldVersion)
    throw new InvariantError('FOLD_VERSION_CHANGED', {
      message:
        `row of an entity (${entity.length} characters) was folded with foldVersion ${row.foldVersion}; the contract says ${foldVersion}. ` +
        'Rebuild the rows before the new version runs, or keep the old foldVersion',
    });
  return { ...row, state: canonicalJson(row.state) };
};
