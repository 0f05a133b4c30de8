/** Ways in which a mapping may hand records over: the same result must come of each. */
import { textOf, type SourceRecord } from '../core/record.ts';
import { seededRandom } from '../core/seeded-random.ts';
import type { CrashPoint } from './worker.ts';

/** One invocation: positions of its records, and what happens to its worker. */
export interface Delivery {
  readonly records: readonly number[];
  readonly crashAt?: CrashPoint;
  /** Before this call of its ports, another worker delivers these and is done. */
  readonly overtaken?: { readonly call: number; readonly records: readonly number[] };
}

export interface Schedule {
  /** What a delivery does that another does not. */
  readonly kind:
    | 'again'
    | 'regrouped'
    | 'regrouped-keys'
    | 'shuffled'
    | 'redelivered'
    | 'crashed'
    | 'overtaken';
  /** For the message: "when …". */
  readonly name: string;
  readonly deliveries: readonly Delivery[];
  /** The records under other offsets, where they stand in another order; by their positions. */
  readonly records?: readonly SourceRecord[];
}

/** More of a kind would only take time. */
const mostCuts = 8;
const mostCrashes = 24;
const randomGroupings = 4;
const randomOrders = 4;

/** Some of a range, evenly, with its ends. */
const someOf = (count: number, most: number): readonly number[] =>
  count <= most
    ? Array.from({ length: count }, (_, index) => index)
    : Array.from({ length: most }, (_, index) => Math.round((index * (count - 1)) / (most - 1)));

const from = (start: number, end: number): readonly number[] =>
  Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index);

/** Numbers from 0 to `count − 1`, the same in every run. */
const seeded = (seed: number): ((count: number) => number) => {
  const random = seededRandom(seed);
  return (count) => Math.floor(random() * count);
};

/** Everything at once: what the others are held against. */
export const atOnce = (count: number): Schedule => ({
  kind: 'again',
  name: 'everything is delivered at once',
  deliveries: [{ records: from(0, count) }],
});

/**
 * Redelivered, regrouped, shuffled across keys, overtaken by another worker, and with a worker that crashes at every call.
 *
 * Records of one key always come in their order, or again from an earlier one: no mapping does otherwise.
 *
 * @param calls - the calls of the ports that a worker makes when everything is delivered at once
 */
export const schedules = (
  records: readonly SourceRecord[],
  calls: readonly string[],
): readonly Schedule[] => {
  const all = from(0, records.length);
  return [
    {
      kind: 'again',
      name: 'the same is done once more from the beginning',
      deliveries: [{ records: all }],
    },
    // Records of several keys are folded key by key: in other batches their order across keys is another, too.
    ...regroupings(all, new Set(records.map(keyOf)).size > 1 ? 'regrouped-keys' : 'regrouped'),
    ...shufflings(records),
    ...redeliveries(all),
    ...overtakings(all, calls),
    ...crashes(all, calls),
  ];
};

/** Batches that end after these positions. */
const batches = (order: readonly number[], ends: readonly number[]): readonly Delivery[] =>
  [...ends, order.length]
    .map((end, index) => ({ records: order.slice(ends[index - 1] ?? 0, end) }))
    .filter(({ records }) => records.length > 0);

const randomEnds = (count: number, random: (count: number) => number): readonly number[] =>
  from(1, count).filter(() => random(2) === 0);

const endsText = (count: number, ends: readonly number[]): string => {
  const sizes = [...ends, count].map((end, index) => end - (ends[index - 1] ?? 0));
  return `batches of ${new Intl.ListFormat('en').format(sizes.map(String))}`;
};

const regroupings = (all: readonly number[], kind: Schedule['kind']): readonly Schedule[] => {
  const groupings = [
    ...someOf(Math.max(0, all.length - 1), mostCuts).map((index) => [index + 1]),
    ...from(0, all.length > 3 ? randomGroupings : 0).map((seed) => randomEnds(all.length, seeded(seed))),
  ];
  return [
    {
      kind,
      name: 'records are delivered one by one',
      deliveries: all.map((index) => ({ records: [index] })),
    },
    ...groupings.map((ends): Schedule => ({
      kind,
      name: `everything is delivered in ${endsText(all.length, ends)}`,
      deliveries: batches(all, ends),
    })),
  ];
};

const keyOf = ({ key, partition }: SourceRecord): string =>
  key === null ? `no key in ${partition}` : textOf(key);

/** The records in another order, under the offsets that they then have. */
const relaid = (records: readonly SourceRecord[], order: readonly number[]): readonly SourceRecord[] => {
  const next = new Map<number, number>();
  const offsets = new Map(
    order.map((position): [number, number] => {
      const { partition = 0 } = records[position] ?? {};
      const offset = next.get(partition) ?? 0;
      next.set(partition, offset + 1);
      return [position, offset];
    }),
  );
  return records.map((record, position) => ({ ...record, offset: offsets.get(position) ?? 0 }));
};

const shufflings = (records: readonly SourceRecord[]): readonly Schedule[] => {
  const all = from(0, records.length);
  const byKey = [...Map.groupBy(all, (index) => keyOf(records[index]!)).values()];
  if (byKey.length < 2) return [];
  const byPartition = [...Map.groupBy(all, (index) => records[index]?.partition ?? 0).values()];
  const shuffled = (name: string, order: readonly number[], ends: readonly number[]): Schedule => ({
    kind: 'shuffled',
    name,
    deliveries: batches(order, ends),
    records: relaid(records, order),
  });
  const orderText = (order: readonly number[]): string =>
    `the keys are shuffled, so that events come as numbers ${order.map((index) => index + 1).join(', ')}`;
  const lastFirst = byKey.toReversed().flat();
  return [
    {
      kind: 'shuffled',
      name: 'partitions are delivered one after the other, the last first',
      deliveries: byPartition.toReversed().map((partition) => ({ records: partition })),
    },
    shuffled('keys come one after the other, the last first', lastFirst, []),
    shuffled('keys come one after the other, each alone', byKey.flat(), ends(byKey)),
    ...from(0, randomOrders).map((seed) => {
      const random = seeded(1_000 + seed);
      const order = interleaved(byKey, random);
      return shuffled(orderText(order), order, seed % 2 === 0 ? [] : randomEnds(order.length, random));
    }),
  ];
};

const ends = (groups: readonly (readonly number[])[]): readonly number[] =>
  groups.slice(0, -1).map((_, index) => groups.slice(0, index + 1).flat().length);

/** One order of all in which each group keeps its own. */
const interleaved = (
  groups: readonly (readonly number[])[],
  random: (count: number) => number,
): readonly number[] => {
  const left = groups.map((group) => [...group]);
  const order: number[] = [];
  for (let open = left; open.length > 0; open = open.filter((group) => group.length > 0))
    order.push(...(open[random(open.length)]?.splice(0, 1) ?? []));
  return order;
};

const redeliveries = (all: readonly number[]): readonly Schedule[] => [
  {
    kind: 'redelivered',
    name: 'everything is delivered twice',
    deliveries: [{ records: all }, { records: all }],
  },
  ...someOf(Math.max(0, all.length - 1), mostCuts).map((index): Schedule => {
    const cut = index + 1;
    return {
      kind: 'redelivered',
      name: `the first ${cut} are delivered, then everything from number ${cut} again`,
      deliveries: [{ records: from(0, cut) }, { records: from(cut - 1, all.length) }],
    };
  }),
];

/** A worker that was taken for dead goes on: the row is no longer what it has read. */
const overtakings = (all: readonly number[], calls: readonly string[]): readonly Schedule[] => {
  const call = calls.indexOf('rows.write');
  if (call === -1) return [];
  return [...new Set([all.length, Math.ceil(all.length / 2), 1])].map((count) => ({
    kind: 'overtaken',
    name: `another worker writes the rows of the first ${count} before the one that has read them`,
    deliveries: [{ records: all, overtaken: { call, records: from(0, count) } }],
  }));
};

const crashes = (all: readonly number[], calls: readonly string[]): readonly Schedule[] =>
  someOf(calls.length, mostCrashes).flatMap((call) =>
    (['before', 'after'] as const).map((when): Schedule => ({
      kind: 'crashed',
      name: `the worker crashes ${when} its call number ${call + 1} (${calls[call]}), and everything is delivered again`,
      deliveries: [{ records: all, crashAt: { call, when } }, { records: all }],
    })),
  );
