/** Ways in which a mapping may hand records over: the same result must come of each. */
import type { SourceRecord } from '../core/record.ts';
import type { CrashPoint } from './worker.ts';

/** One invocation: positions of its records, and where its worker crashes. */
export interface Delivery {
  readonly records: readonly number[];
  readonly crashAt?: CrashPoint;
}

export interface Schedule {
  /** For the message: "when …". */
  readonly name: string;
  readonly deliveries: readonly Delivery[];
}

/** More of a kind would only take time. */
const mostCuts = 8;
const mostCrashes = 24;

/** Some of a range, evenly, with its ends. */
const someOf = (count: number, most: number): readonly number[] =>
  count <= most
    ? Array.from({ length: count }, (_, index) => index)
    : Array.from({ length: most }, (_, index) => Math.round((index * (count - 1)) / (most - 1)));

const from = (start: number, end: number): readonly number[] =>
  Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index);

/** Everything at once: what the others are held against. */
export const atOnce = (count: number): Schedule => ({
  name: 'everything is delivered at once',
  deliveries: [{ records: from(0, count) }],
});

/**
 * Redelivered, split again, in another order of partitions, and with a worker that crashes at every call.
 *
 * Records of one partition always come in the order of their offsets, or again from an earlier one: no mapping does otherwise.
 *
 * @param calls - the calls of the ports that a worker makes when everything is delivered at once
 */
export const schedules = (
  records: readonly SourceRecord[],
  calls: readonly string[],
): readonly Schedule[] => {
  const all = from(0, records.length);
  const byPartition = [...Map.groupBy(all, (index) => records[index]?.partition ?? 0).values()];
  const cuts = someOf(Math.max(0, records.length - 1), mostCuts).map((index) => index + 1);
  return [
    { name: 'the same is done once more from the beginning', deliveries: [{ records: all }] },
    { name: 'records are delivered one by one', deliveries: all.map((index) => ({ records: [index] })) },
    { name: 'everything is delivered twice', deliveries: [{ records: all }, { records: all }] },
    {
      name: 'partitions are delivered one after the other, the last first',
      deliveries: byPartition.toReversed().map((partition) => ({ records: partition })),
    },
    ...cuts.map((cut) => ({
      name: `the first ${cut} are delivered, then everything from number ${cut} again`,
      deliveries: [{ records: from(0, cut) }, { records: from(cut - 1, records.length) }],
    })),
    ...someOf(calls.length, mostCrashes).flatMap((call) =>
      (['before', 'after'] as const).map((when) => ({
        name: `the worker crashes ${when} its call number ${call + 1} (${calls[call]}), and everything is delivered again`,
        deliveries: [{ records: all, crashAt: { call, when } }, { records: all }],
      })),
    ),
  ];
};
