import type { Segment } from '../../../core/ports/stage-ports.ts';

/** In the order in which a record passes them. */
export const segments = ['append', 'receive', 'process', 'external', 'emit'] as const satisfies Segment[];

/** p50 and p99 of each of {@link segments} in one flat list, ms: `[append p50, append p99, receive p50, …]`. */
export type SegmentTimes = readonly (number | null)[];

/** Of the n-th of {@link segments}; `null` where nothing was measured. */
export const segmentTime = (times: SegmentTimes, nth: number, percentile: 'p50' | 'p99'): number | null =>
  times[2 * nth + (percentile === 'p50' ? 0 : 1)] ?? null;
