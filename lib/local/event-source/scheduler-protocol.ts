import type { LoggedRecord } from '../../core/ports/event-log.ts';
import type { EpochMs } from '../../core/units.ts';
import type { Discarded } from './destination.ts';
import type { InvocationResult } from './function-host.ts';
import type { MappingConfig } from './mapping.ts';
import type { AssignedPartition } from './starting-position.ts';

/** As `GetEventSourceMapping` shows it. */
export type MappingState = 'Creating' | 'Enabling' | 'Enabled' | 'Disabling' | 'Disabled' | 'Updating';

/** What happened. An answer whose id is unknown, or no longer awaited, changes nothing. */
export type SchedulerInput =
  /** Time passed: the answer to `wake`. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'enable' }
  /** What is in flight is finished and committed; the rest is forgotten. */
  | { readonly kind: 'disable' }
  /** Like `disable`, then the new configuration, then `assign`. */
  | { readonly kind: 'update'; readonly config: MappingConfig }
  /**
   * The answer to `assign`. Unasked for, a rebalance: partitions that were owned already go on as they are; those left
   * out are revoked at once, and a running invocation becomes a zombie whose result counts for nothing there.
   */
  | { readonly kind: 'assigned'; readonly partitions: readonly AssignedPartition[] }
  | { readonly kind: 'assign-failed' }
  /** In offset order. Without records, the partition is fetched again at the next tick. */
  | { readonly kind: 'fetched'; readonly fetchId: number; readonly records: readonly LoggedRecord[] }
  | { readonly kind: 'fetch-failed'; readonly fetchId: number }
  | { readonly kind: 'invoked'; readonly invocationId: number; readonly result: InvocationResult }
  | { readonly kind: 'committed'; readonly commitId: number }
  | { readonly kind: 'commit-failed'; readonly commitId: number }
  /** `failed`: it may succeed later. `refused`: it never will, as with a record above the topic's limit. */
  | {
      readonly kind: 'discarded';
      readonly discardId: number;
      readonly outcome: 'done' | 'failed' | 'refused';
    };

/** What is to be done. Whatever has an id is answered with it. */
export type SchedulerCommand =
  /** Find out where each partition is to be read from ({@link startingOffsets}), and answer `assigned`. */
  | { readonly kind: 'assign' }
  /** Answered once there is a record, however long that takes. */
  | {
      readonly kind: 'fetch';
      readonly fetchId: number;
      readonly partition: number;
      readonly from: number;
      readonly maxRecords: number;
      readonly maxBytes: number;
    }
  | {
      readonly kind: 'invoke';
      readonly invocationId: number;
      /** Grouped by partition, in offset order. */
      readonly records: readonly LoggedRecord[];
      /** 1 for the first. */
      readonly attempt: number;
    }
  | {
      readonly kind: 'commit';
      readonly commitId: number;
      readonly offsets: readonly { readonly partition: number; readonly offset: number }[];
    }
  /** Hand over to the mapping's destination; with `none`, only note that the mapping gave up. */
  | { readonly kind: 'discard'; readonly discardId: number; readonly discarded: Discarded }
  | { readonly kind: 'state'; readonly state: MappingState }
  /** Send a tick then, or later. Only the latest one counts. */
  | { readonly kind: 'wake'; readonly at: EpochMs };
