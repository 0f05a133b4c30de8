import type { PageStage } from '../../protocol/page-state.ts';
import { segments } from '../../protocol/segments.ts';

type Measured = Pick<PageStage, 'segmentsMs'>;

/** The segment of a stage that takes most of the time at the median, lately; `undefined` where nothing took any. */
export const slowestSegment = ({ segmentsMs }: Measured): string | undefined =>
  segments
    .map((name) => [name, segmentsMs[name]?.p50 ?? 0] as const)
    .filter(([, ms]) => ms > 0)
    .toSorted(([, a], [, b]) => b - a)
    .at(0)?.[0];

/** What holds up the oldest record of a stage: its slowest segment; where nothing was settled lately it waits to be received. */
export const heldUpBy = (stage: Measured): string => slowestSegment(stage) ?? 'receive';
