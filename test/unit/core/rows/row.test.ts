import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf } from '../../../../lib/core/digest.ts';
import { InvariantError } from '../../../../lib/core/errors.ts';
import type { Coordinates } from '../../../../lib/core/record.ts';
import {
  emptyRow,
  holeAt,
  isBehindFence,
  knownIdentity,
  openRow,
  stateDigest,
  storedRow,
  withFence,
  withFolded,
  withHole,
  withoutHole,
  type Row,
} from '../../../../lib/core/rows/row.ts';

const bounds = { foldVersion: 1, recentIds: 3, holes: 2 };
const at = (offset: number, topicId = 'i', partition = 0): Coordinates => ({
  topic: 't',
  topicId,
  partition,
  offset,
});
const empty = emptyRow({ n: 0 }, 1);
const digest = (payload: string): string => digestOf(payload);

describe('the fence', () => {
  it('has everything up to its offset behind it, in its partition of its topic', () => {
    const row = withFence(empty, at(5));
    expect([4, 5, 6].map((offset) => isBehindFence(row, at(offset)))).toEqual([true, true, false]);
    expect(isBehindFence(row, at(5, 'recreated'))).toBe(false);
    expect(isBehindFence(row, at(5, 'i', 1))).toBe(false);
    expect(isBehindFence(row, { ...at(5), topic: 'renamed' })).toBe(true);
    expect(isBehindFence(empty, at(0))).toBe(false);
  });

  it('never goes back', () => {
    const row = withFence(empty, at(5));
    expect(withFence(row, at(3))).toBe(row);
    expect(withFence(row, at(5))).toBe(row);
    expect(withFence(row, at(9)).fence).toEqual([{ topicId: 'i', partition: 0, offset: 9 }]);
  });

  it('remembers eight generations, and of more the latest', () => {
    const row = Array.from({ length: 10 }, (_, n) => `id-${n}`).reduce(
      (grown, topicId) => withFence(grown, at(1, topicId)),
      empty,
    );
    expect(row.fence.map(({ topicId }) => topicId)).toEqual(
      Array.from({ length: 8 }, (_, n) => `id-${n + 2}`),
    );
  });
});

describe('recent identities', () => {
  const folded = ['a', 'b', 'c', 'd'].reduce<Row>(
    (row, key) => withFolded(row, '{"n":1}', key, digest(key), bounds),
    empty,
  );

  it('tell a duplicate from a conflict', () => {
    expect(knownIdentity(folded, 'd', digest('d'))).toBe('same');
    expect(knownIdentity(folded, 'd', digest('other'))).toBe('conflict');
    expect(knownIdentity(folded, 'e', digest('e'))).toBe('new');
  });

  it('are bounded: the oldest goes first', () => {
    expect(folded.recentIds.map(({ key }) => key)).toEqual(['b', 'c', 'd']);
    expect(knownIdentity(folded, 'a', digest('a'))).toBe('new');
  });

  it('count the events that were folded', () => {
    expect([folded.version, folded.state]).toEqual([4, '{"n":1}']);
  });

  it('are none where the bound is none', () => {
    expect(withFolded(empty, '{}', 'a', digest('a'), { ...bounds, recentIds: 0 }).recentIds).toEqual([]);
  });
});

describe('holes', () => {
  const holed = [1, 2].reduce<Row>((row, offset) => withHole(row, at(offset), 0, bounds), empty);

  it('are found by topic id, partition and offset', () => {
    expect(holeAt(holed, at(1))).toEqual({ topicId: 'i', partition: 0, offset: 1, redrive: 0 });
    for (const elsewhere of [at(3), at(1, 'recreated'), at(1, 'i', 1)])
      expect(holeAt(holed, elsewhere)).toBe(undefined);
  });

  it('are closed one by one', () => {
    expect(withoutHole(holed, at(1)).holes.map(({ offset }) => offset)).toEqual([2]);
    expect(withoutHole(holed, at(1, 'recreated')).holes).toHaveLength(2);
  });

  it('of one record are one, with the number of its last letter', () => {
    expect(withHole(holed, at(1), 4, bounds).holes.map(({ offset, redrive }) => [offset, redrive])).toEqual([
      [2, 0],
      [1, 4],
    ]);
  });

  it('are bounded: the oldest is evicted', () => {
    expect(withHole(holed, at(3), 0, bounds).holes.map(({ offset }) => offset)).toEqual([2, 3]);
    expect(withHole(empty, at(3), 0, { ...bounds, holes: 0 }).holes).toEqual([]);
  });
});

describe('a stored row', () => {
  it('is canonical JSON of the whole row, with its digest, and is read as it was', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(), (state, offset) => {
        const row = withHole(
          withFolded(
            withFence(emptyRow(state, 1), at(offset)),
            canonicalJson(state),
            'k',
            digest('k'),
            bounds,
          ),
          at(offset),
          1,
          bounds,
        );
        const stored = storedRow(row);
        expect(stored.digest).toBe(digestOf(stored.body));
        expect(stored.body).toBe(canonicalJson(JSON.parse(stored.body)));
        expect(JSON.parse(stored.body)).toMatchObject({ state: JSON.parse(canonicalJson(state)) as unknown });
        expect(openRow(stored, 'e', 1)).toEqual(row);
      }),
    );
  });

  it('differs with anything in it: a write is conditional on all of it', () => {
    const rows = [
      empty,
      emptyRow({ n: 1 }, 1),
      withFence(empty, at(1)),
      withHole(empty, at(1), 0, bounds),
      withHole(empty, at(1), 1, bounds),
      { ...empty, version: 1 },
      { ...empty, recentIds: [{ key: 'a', digest: 'b' }] },
    ];
    expect(new Set(rows.map((row) => storedRow(row).digest)).size).toBe(rows.length);
    expect(stateDigest(withFence(empty, at(1)))).toBe(stateDigest(empty));
    expect(stateDigest(emptyRow({ n: 1 }, 1))).not.toBe(stateDigest(empty));
  });

  it('of another version of the fold is not read, and the entity is not told', () => {
    const stored = storedRow(emptyRow({ n: 0 }, 1));
    expect(() => openRow(stored, 'canary', 2)).toThrow(InvariantError);
    expect(() => openRow(stored, 'canary', 2)).toThrow(
      expect.objectContaining({ code: 'FOLD_VERSION_CHANGED' }) as Error,
    );
    expect(() => openRow(stored, 'canary', 2)).not.toThrow(/canary/);
  });
});
