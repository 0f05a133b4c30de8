import type { ResolvedContract } from './resolved.ts';

/** Before the keys of all objects of a stage: what its function may read and write. */
export const payloadPrefix = (
  { pipeline }: Pick<ResolvedContract, 'pipeline'>,
  stage: 'inference' | 'action',
): string => `${pipeline}/${stage}`;

/** How long somebody has who resolves what failed or is in doubt: such an item has no time to live, but its objects have. */
const resolutionDays = 90;

/** Days after which no item that still counts points to an object: it is as old as the write of the item that points to it. */
export const payloadRetentionDays = ({ keyRetentionMs }: Pick<ResolvedContract, 'keyRetentionMs'>): number =>
  Math.ceil(keyRetentionMs / 86_400_000) + resolutionDays;
