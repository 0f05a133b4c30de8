/** What is in use at one moment, bytes, after a collection of garbage. */
export interface Sample {
  /** Since the run began. */
  readonly minute: number;
  /** Heap and buffers of the process' main thread, which serves the page. */
  readonly server: number;
  /** Of the whole process: the stages' threads, caches of the log and the stores, and garbage are in it. */
  readonly rss: number;
  /** Heap of the page. */
  readonly page: number;
  /** Nodes of the page's document. */
  readonly nodes: number;
}

type Kind = Exclude<keyof Sample, 'minute'>;

/** How much more than in the second quarter of a run there may be in its last. Resident memory holds garbage, too. */
export type Bounds = Readonly<Record<Kind, number>>;

/** Of an hour: what the page keeps of the last 15 minutes is full when its second quarter begins. */
export const whenFull: Bounds = { server: 1.1, page: 1.1, nodes: 1.1, rss: 1.25 };

/** Of a shorter run, all through which that fills: only what keeps something of every event goes beyond. */
export const whileFilling: Bounds = { server: 1.25, page: 1.25, nodes: 1.25, rss: 1.5 };

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

export interface Growth {
  readonly kind: Kind;
  /** Mean of the second quarter. */
  readonly before: number;
  /** Mean of the last quarter. */
  readonly after: number;
  readonly isFlat: boolean;
}

/**
 * Compares the last quarter of a run with its second; in the first, caches fill.
 *
 * @throws {Error} for fewer than eight samples
 */
export const growth = (samples: readonly Sample[], bounds: Bounds): readonly Growth[] => {
  if (samples.length < 8) throw new Error(`got ${samples.length} samples; expected 8 or more`);
  const quarter = Math.floor(samples.length / 4);
  const kinds = Object.keys(bounds) as readonly Kind[];
  return kinds.map((kind) => {
    const before = mean(samples.slice(quarter, 2 * quarter).map((sample) => sample[kind]));
    const after = mean(samples.slice(-quarter).map((sample) => sample[kind]));
    return { kind, before, after, isFlat: after <= before * bounds[kind] };
  });
};
