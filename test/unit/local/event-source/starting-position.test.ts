import { describe, expect, it } from 'vitest';
import type { StartingPosition } from '../../../../lib/local/event-source/mapping.ts';
import { startingOffsets } from '../../../../lib/local/event-source/starting-position.ts';
import { START } from '../../../support/mapping-bench.ts';

const begin = (position: StartingPosition, committed?: number): number | undefined =>
  startingOffsets(position, {
    kept: [{ partition: 0, earliest: 10, end: 20 }],
    committed: committed === undefined ? [] : [{ partition: 0, offset: committed }],
    atTimestamp: [{ partition: 0, offset: 15 }],
  })[0]?.from;

const positions = [
  [{ kind: 'TRIM_HORIZON' }, 10],
  [{ kind: 'LATEST' }, 20],
  [{ kind: 'AT_TIMESTAMP', at: START }, 15],
] as const;

describe.each(positions)('starting position %j', (position, start) => {
  it('counts where the group has committed nothing', () => {
    expect(begin(position)).toBe(start);
  });

  it.each([10, 13, 20])('is ignored where the group has committed %i', (committed) => {
    expect(begin(position, committed)).toBe(committed);
  });

  it.each([9, 21])('counts where the committed offset %i is not in the log', (committed) => {
    expect(begin(position, committed)).toBe(start);
  });
});

describe('partitions', () => {
  it('each begin for themselves', () => {
    expect(
      startingOffsets(
        { kind: 'LATEST' },
        {
          kept: [
            { partition: 0, earliest: 0, end: 4 },
            { partition: 1, earliest: 0, end: 5 },
          ],
          committed: [{ partition: 1, offset: 2 }],
          atTimestamp: [],
        },
      ),
    ).toEqual([
      { partition: 0, from: 4 },
      { partition: 1, from: 2 },
    ]);
  });
});
