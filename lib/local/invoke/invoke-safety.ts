import { namesIn, stageSource } from '../../core/contract/stage-sources.ts';
import type { ConsumerGroups, EventLog } from '../../core/ports/event-log.ts';
import type { InvokedStage, Place } from './invoked-records.ts';

/** How far a stage's group has come in a partition: the next offset that it would be given. */
const nextOffset = async (
  { log, groups }: { readonly log: EventLog; readonly groups: ConsumerGroups },
  of: InvokedStage,
  partition: number,
): Promise<number> => {
  const { source, group } = namesIn(of.environment, stageSource(of.contract, of.stage));
  const committed = (await groups.committed(group)).find(
    (entry) => entry.topic === source && entry.partition === partition,
  );
  if (committed !== undefined) return committed.offset;
  return (await log.offsets(source)).find((range) => range.partition === partition)?.earliest ?? 0;
};

/**
 * Why a record must not be given to a stage now; `undefined`: it may.
 *
 * Rows are folded in order: one that is folded before those ahead of it puts them behind the fence, and they are lost. Claims and
 * context know no order.
 */
export const outOfOrder = async (
  ports: { readonly log: EventLog; readonly groups: ConsumerGroups },
  of: InvokedStage,
  { partition, offset }: Pick<Place, 'partition' | 'offset'>,
): Promise<string | undefined> => {
  if (of.stage !== 'features') return undefined;
  const next = await nextOffset(ports, of, partition);
  if (offset <= next) return undefined;
  const waiting = offset - next;
  return `features has ${waiting} ${waiting === 1 ? 'record' : 'records'} of partition ${partition} still before it, from offset ${next} on: folded now, this one would put them behind the fence of its row, and they would be lost.`;
};
