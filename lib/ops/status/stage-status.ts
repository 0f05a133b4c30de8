import { namesIn, stageSources } from '../../core/contract/stage-sources.ts';
import type { StageName } from '../../core/contract/resolved.ts';
import type { LedgerState } from '../../core/ledger/item.ts';
import type { ConsumerGroups, EventLog } from '../../core/ports/event-log.ts';
import { epochMsOf, type EpochMs } from '../../core/units.ts';
import type { Deployment } from '../deployment.ts';

/** One partition of what a stage reads, as its group's committed offset and the log have it. */
export interface PartitionStatus {
  readonly partition: number;
  /** `null`: nothing was ever committed. */
  readonly committed: number | null;
  readonly end: number;
  /** Offsets from the committed one to the end; 0 where no record follows it: marks of transactions, and what was compacted, wait for nobody. */
  readonly lag: number;
  /** Age of the first record there by the time of its append, ms; 0 where there is none, `null` where it is gone: dropped before it was committed. */
  readonly firstUncommittedMs: number | null;
}

/**
 * Words of Burrow, as far as they can be told from outside: a group that does not commit and one that commits the same offset
 * again look alike.
 */
export type LagState = 'OK' | 'WARN' | 'STALL' | 'REWIND';

export interface StageStatus {
  readonly stage: StageName;
  readonly topic: string;
  readonly group: string;
  readonly state: LagState;
  readonly lag: number;
  /** The oldest of all partitions, as far as they tell; `null` where none of them does. */
  readonly firstUncommittedMs: number | null;
  /** Records appended to the topic in the last minute, per second: what comes, not what the stage does of it. */
  readonly perSecond: number;
  /** By how much committed offsets went on since the look before, per second; `null` where there was none. */
  readonly committedPerSecond: number | null;
  /** Letters in the topic's dead-letter topic. */
  readonly deadLetters: number;
  readonly partitions: readonly PartitionStatus[];
}

export interface PipelineStatus {
  readonly at: EpochMs;
  readonly stages: readonly StageStatus[];
  /** At most {@link mostCounted}. */
  readonly inDoubt: number;
  readonly isPaused: boolean;
}

/** Effects in doubt are counted up to here: whoever has more needs no exact number. */
export const mostCounted = 1_000;

const rateMs = 60_000;

export interface Observed extends Pick<Deployment, 'contract' | 'environment' | 'clock' | 'operations'> {
  readonly effects: {
    /** Up to `limit`. Cheaper than a list: nobody looks at the items. */
    count(of: { readonly states: readonly LedgerState[]; readonly limit: number }): Promise<number>;
  };
  readonly log: Pick<EventLog, 'offsets' | 'offsetsAt' | 'read'>;
  readonly groups: Pick<ConsumerGroups, 'committed'>;
}

/**
 * How a pipeline is doing, measured from outside: it needs nothing that the stages say of themselves, and stays defined when
 * traffic is idle, during rebalances, and while they stand still.
 *
 * @param before - what was seen before: without it nobody can tell a group that stands still from one that was just slow
 * @throws {TransientError} where log or stores do not answer
 */
export const statusOf = async (observed: Observed, before?: PipelineStatus): Promise<PipelineStatus> => {
  const { contract, clock, effects, operations } = observed;
  const at = clock.now();
  const [stages, inDoubt, paused] = await Promise.all([
    Promise.all(
      stageSources(contract).map((source) =>
        stageStatus(observed, source.name, namesIn(observed.environment, source), at, before),
      ),
    ),
    effects.count({ states: ['IN_DOUBT'], limit: mostCounted }),
    operations.paused('action'),
  ]);
  if (paused.kind === 'unavailable') throw paused.cause;
  return { at, stages, inDoubt, isPaused: paused.value };
};

const stageStatus = async (
  { contract, log, groups }: Observed,
  stage: StageName,
  { source, group, deadLetters }: ReturnType<typeof namesIn>,
  at: EpochMs,
  before: PipelineStatus | undefined,
): Promise<StageStatus> => {
  const [partitions, recent, letters] = await Promise.all([
    partitionsOf(log, groups, source, group, at),
    appendedSince(log, source, epochMsOf(at - rateMs)),
    countIn(log, deadLetters),
  ]);
  const known = partitions.flatMap(({ firstUncommittedMs }) =>
    firstUncommittedMs === null ? [] : [firstUncommittedMs],
  );
  const oldest = partitions.length > 0 && known.length === 0 ? null : Math.max(0, ...known);
  const earlier = before?.stages.find((one) => one.stage === stage)?.partitions;
  const pairs = partitions.flatMap((now): readonly SeenTwice[] => {
    const own = earlier?.find(({ partition }) => partition === now.partition);
    return own === undefined ? [] : [{ now, earlier: own }];
  });
  return {
    stage,
    topic: source,
    group,
    state: stateOf(partitions, pairs, contract.freshness.targetMs),
    lag: partitions.reduce((sum, { lag }) => sum + lag, 0),
    firstUncommittedMs: oldest,
    perSecond: recent / (rateMs / 1_000),
    committedPerSecond: before === undefined ? null : committedOf(pairs) / secondsBetween(before.at, at),
    deadLetters: letters,
    partitions,
  };
};

/** A partition in two looks. */
interface SeenTwice {
  readonly now: PartitionStatus;
  readonly earlier: PartitionStatus;
}

/** What was committed between: a group's first commit counts from where it began, and offsets that were set back take nothing away. */
const committedOf = (pairs: readonly SeenTwice[]): number =>
  pairs.reduce((sum, { now, earlier }) => {
    const begin = earlier.committed ?? earlier.end - earlier.lag;
    return sum + Math.max(0, (now.committed ?? begin) - begin);
  }, 0);

/** Two looks within one tick of the clock are a millisecond apart. */
const secondsBetween = (before: EpochMs, at: EpochMs): number => Math.max(1, at - before) / 1_000;

const partitionsOf = async (
  log: Observed['log'],
  groups: Observed['groups'],
  topic: string,
  group: string,
  at: EpochMs,
): Promise<readonly PartitionStatus[]> => {
  // Committed offsets first: read after the ends they could seem to be beyond them.
  const committed = await groups.committed(group);
  const ranges = await log.offsets(topic);
  return Promise.all(
    ranges.map(async ({ partition, earliest, end }): Promise<PartitionStatus> => {
      const own = committed.find((one) => one.topic === topic && one.partition === partition);
      const from = Math.max(own?.offset ?? earliest, earliest);
      const place = { partition, committed: own?.offset ?? null, end };
      if (from >= end) return { ...place, lag: 0, firstUncommittedMs: 0 };
      const [first] = await log.read({ topic, partition, from, maxRecords: 1, maxBytes: 1 });
      if (first === undefined) {
        const isGone = await isDropped(log, topic, partition, own?.offset ?? from);
        return { ...place, lag: 0, firstUncommittedMs: isGone ? null : 0 };
      }
      return { ...place, lag: end - from, firstUncommittedMs: Math.max(0, at - first.timestamp) };
    }),
  );
};

/** Whether what stood at an offset is not kept any more, as it is now: it may have been dropped since its partition was looked at. */
const isDropped = async (
  log: Observed['log'],
  topic: string,
  partition: number,
  offset: number,
): Promise<boolean> =>
  (await log.offsets(topic)).some((now) => now.partition === partition && offset < now.earliest);

const appendedSince = async (log: Observed['log'], topic: string, since: EpochMs): Promise<number> => {
  const [starts, ranges] = [await log.offsetsAt(topic, since), await log.offsets(topic)];
  return ranges.reduce((sum, { partition, end }) => {
    const start = starts.find((one) => one.partition === partition)?.offset ?? end;
    return sum + Math.max(0, end - start);
  }, 0);
};

const countIn = async (log: Observed['log'], topic: string): Promise<number> =>
  (await log.offsets(topic)).reduce((sum, { earliest, end }) => sum + end - earliest, 0);

const stateOf = (
  partitions: readonly PartitionStatus[],
  pairs: readonly SeenTwice[],
  targetMs: number,
): LagState => {
  if (pairs.some(({ now, earlier }) => (now.committed ?? 0) < (earlier.committed ?? 0))) return 'REWIND';
  if (pairs.some(({ now, earlier }) => now.lag > 0 && earlier.lag > 0 && now.committed === earlier.committed))
    return 'STALL';
  // What is gone was not processed: that is never all right, however young the rest is.
  const isLate = partitions.some(
    ({ firstUncommittedMs }) => firstUncommittedMs === null || firstUncommittedMs > targetMs,
  );
  return isLate ? 'WARN' : 'OK';
};
