import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../../../lib/core/units.ts';
import type { MappingOptions } from '../../../../lib/local/event-source/mapping.ts';
import { openEventSourceBench } from '../../../support/event-source-bench.ts';

const inOrder = (batches: readonly (readonly number[])[]): readonly number[] =>
  batches.flat().toSorted((one, other) => one - other);

describe('a group without offsets begins', () => {
  it.each<[string, (between: EpochMs) => Partial<MappingOptions>, readonly number[]]>([
    ['with the oldest record', () => ({}), [0, 1, 2, 3, 4, 5, 6]],
    ['behind all there is', () => ({ startingPosition: { kind: 'LATEST' } }), [5, 6]],
    [
      'with what was appended since',
      (between) => ({ startingPosition: { kind: 'AT_TIMESTAMP', at: between } }),
      [3, 4, 5, 6],
    ],
  ])('%s, where it is to', async (_, startingPosition, expected) => {
    const bench = await openEventSourceBench();
    await bench.append(3);
    await bench.elapse(60_000);
    const between = bench.now();
    await bench.append(2, 3);
    const { source, batches } = bench.eventSource(startingPosition(between));
    await source.start();
    await source.drained();
    await bench.append(2, 5);
    source.notify();
    await source.drained();
    expect(inOrder(batches)).toEqual(expected);
  });
});
