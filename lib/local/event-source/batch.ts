import type { LoggedRecord } from '../../core/ports/event-log.ts';
import type { EpochMs } from '../../core/units.ts';
import type { Discarded } from './destination.ts';
import { partitionBytes } from './event.ts';
import type { MappingConfig } from './mapping.ts';
import type { PartitionFeed, Tracked } from './partition-feed.ts';

/** What a batch is doing. */
export type Phase =
  | { readonly kind: 'waiting'; readonly notBefore: EpochMs }
  | { readonly kind: 'invoked'; readonly invocationId: number }
  /** Given up; its hand-over is under way where it has an id. */
  | {
      readonly kind: 'discarding';
      readonly condition: Discarded['condition'];
      readonly discardId: number | null;
      readonly notBefore: EpochMs;
    };

/** Records that are invoked together, until each of them is settled. */
export interface Batch {
  /** Grouped by partition, in offset order; all of them unfinished. */
  readonly records: readonly Tracked[];
  /** The partitions that nothing later may overtake. */
  readonly feeds: ReadonlySet<PartitionFeed>;
  readonly poller: number;
  readonly phase: Phase;
  /** Failures that count against the retries. */
  readonly failures: number;
  /** Tries without success in a row, of whatever kind: they make the next wait longer. */
  readonly tries: number;
  readonly invokes: number;
  readonly lastInvocation: { readonly id: number; readonly records: readonly LoggedRecord[] } | null;
  readonly functionError: Discarded['functionError'];
}

export const freshBatch = (records: readonly Tracked[], poller: number, now: EpochMs): Batch => ({
  records,
  feeds: feedsOf(records),
  poller,
  phase: { kind: 'waiting', notBefore: now },
  failures: 0,
  tries: 0,
  invokes: 0,
  lastInvocation: null,
  functionError: null,
});

/** The same batch with fewer records. */
export const withRecords = (batch: Batch, records: readonly Tracked[]): Batch => ({
  ...batch,
  records,
  feeds: feedsOf(records),
});

const feedsOf = (records: readonly Tracked[]): ReadonlySet<PartitionFeed> =>
  new Set(records.map(({ feed }) => feed));

/** Two halves in order, the first the smaller where they differ. */
export const halves = (batch: Batch): readonly [Batch, Batch] => {
  const middle = Math.floor(batch.records.length / 2);
  return [
    withRecords(batch, batch.records.slice(0, middle)),
    withRecords(batch, batch.records.slice(middle)),
  ];
};

/**
 * What a partial failure leaves to be done.
 *
 * @param failed - the records that the response names
 */
export const remainingAfter = (
  records: readonly Tracked[],
  failed: ReadonlySet<LoggedRecord>,
  rule: MappingConfig['undocumented']['afterPartialFailure'],
): readonly Tracked[] => {
  if (rule === 'retry-listed-only') return records.filter(({ record }) => failed.has(record));
  const resumed = new Set<PartitionFeed>();
  return records.filter(({ feed, record }) => {
    if (failed.has(record)) resumed.add(feed);
    return resumed.has(feed);
  });
};

/** The limits of one payload. */
export interface PayloadLimits {
  readonly batchSize: number;
  readonly batchBytes: number;
  /** Of the event without records. */
  readonly headBytes: number;
}

/**
 * Takes the records of the next payload of one poller: the partition that has waited longest first, so that a hot one
 * does not starve its neighbours.
 *
 * @param feeds - those of the poller that have no unfinished batch
 * @returns `undefined` while neither window nor count nor bytes ask for an invocation
 */
export const takeBatch = (
  feeds: readonly PartitionFeed[],
  limits: PayloadLimits,
  due: (oldest: EpochMs) => boolean,
): readonly Tracked[] | undefined => {
  const waiting = feeds
    .filter(({ buffered }) => buffered.length > 0)
    .toSorted((one, other) => waitingSince(one) - waitingSince(other) || one.partition - other.partition);
  const [longest] = waiting;
  if (longest === undefined) return undefined;
  const { shares, full } = payload(waiting, limits);
  if (!full && !due(waitingSince(longest))) return undefined;
  return shares.flatMap(([feed, count]) => feed.take(count));
};

/** When the first buffered record of a partition came. */
export const waitingSince = (feed: PartitionFeed): EpochMs =>
  feed.buffered[0]?.receivedAt ?? (Number.POSITIVE_INFINITY as EpochMs);

/** How many records of each partition fit into one payload, one at least, and whether it is full. */
const payload = (
  feeds: readonly PartitionFeed[],
  { batchSize, batchBytes, headBytes }: PayloadLimits,
): { readonly shares: readonly (readonly [PartitionFeed, number])[]; readonly full: boolean } => {
  const shares: (readonly [PartitionFeed, number])[] = [];
  let records = 0;
  let bytes = headBytes;
  for (const feed of feeds) {
    let count = 0;
    for (const tracked of feed.buffered) {
      const added = tracked.bytes + (count === 0 ? partitionBytes(tracked.record) : 0);
      if (records > 0 && bytes + added > batchBytes) {
        if (count > 0) shares.push([feed, count]);
        return { shares, full: true };
      }
      records += 1;
      count += 1;
      bytes += added;
      if (records === batchSize) return { shares: [...shares, [feed, count]], full: true };
    }
    shares.push([feed, count]);
  }
  return { shares, full: bytes > batchBytes };
};

/** Whether a record does not fit into a payload even alone. */
export const isTooLarge = ({ records }: Batch, { batchBytes, headBytes }: PayloadLimits): boolean => {
  const [first] = records;
  return first !== undefined && headBytes + partitionBytes(first.record) + first.bytes > batchBytes;
};
