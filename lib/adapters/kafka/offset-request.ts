import type { CommittedOffset } from '../../core/ports/event-log.ts';

const NO_EPOCH = -1;

interface TopicOffsets {
  name: string;
  partitions: {
    partitionIndex: number;
    committedOffset: bigint;
    committedLeaderEpoch: number;
    committedMetadata: null;
  }[];
}

/** Offsets as OffsetCommit takes them. */
export const offsetRequest = (offsets: readonly CommittedOffset[]): TopicOffsets[] =>
  [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, ofTopic]) => ({
    name,
    partitions: ofTopic.map(({ partition, offset }) => ({
      partitionIndex: partition,
      committedOffset: BigInt(offset),
      committedLeaderEpoch: NO_EPOCH,
      committedMetadata: null,
    })),
  }));
