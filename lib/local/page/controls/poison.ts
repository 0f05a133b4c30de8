import { topicIn, type ResolvedContract } from '../../../core/contract/resolved.ts';
import { bytesOf, type OutputRecord } from '../../../core/record.ts';
import { toIso, type EpochMs } from '../../../core/units.ts';

/**
 * An event that no schema of the contract takes: a text where an object should be. It is of an entity that there is, so that
 * one sees that the others of it go on.
 *
 * @param key - of the entity
 * @param id - unlike any other
 */
export const poisonRecord = (
  { source }: Pick<ResolvedContract, 'source'>,
  {
    environment,
    key,
    id,
    now,
  }: { readonly environment: string; readonly key: string; readonly id: string; readonly now: EpochMs },
): OutputRecord => {
  const headers = {
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: '/freshet/page',
    ce_type: Object.keys(source.events)[0] ?? '',
    ce_time: toIso(now),
    'content-type': 'application/json',
  };
  return {
    topic: topicIn(environment, source),
    key: bytesOf(key),
    value: bytesOf(JSON.stringify('a poison event, sent from the page: no schema takes a text')),
    headers: Object.entries(headers).map(([name, value]) => ({ name, value: bytesOf(value) })),
  };
};
