import type { PartitionOffsets } from '../../core/ports/event-log.ts';
import type { StartingPosition } from './mapping.ts';

/** Where a partition is read from. */
export interface AssignedPartition {
  readonly partition: number;
  /** Offset of the first record wanted. */
  readonly from: number;
}

export interface KnownOffsets {
  /** What the log keeps of each partition. */
  readonly kept: readonly PartitionOffsets[];
  readonly committed: readonly { readonly partition: number; readonly offset: number }[];
  /** For AT_TIMESTAMP: the first offset of each partition that is not before it. */
  readonly atTimestamp: readonly { readonly partition: number; readonly offset: number }[];
}

/**
 * Where a mapping begins: at the group's committed offsets, and only where there is none at its starting position.
 * A committed offset that the log does not have counts as none, as for any Kafka consumer (`auto.offset.reset`).
 */
export const startingOffsets = (
  position: StartingPosition,
  { kept, committed, atTimestamp }: KnownOffsets,
): readonly AssignedPartition[] =>
  kept.map(({ partition, earliest, end }) => {
    const resume = committed.find((entry) => entry.partition === partition)?.offset;
    if (resume !== undefined && resume >= earliest && resume <= end) return { partition, from: resume };
    switch (position.kind) {
      case 'TRIM_HORIZON':
        return { partition, from: earliest };
      case 'LATEST':
        return { partition, from: end };
      case 'AT_TIMESTAMP':
        return {
          partition,
          from: atTimestamp.find((entry) => entry.partition === partition)?.offset ?? end,
        };
    }
  });
