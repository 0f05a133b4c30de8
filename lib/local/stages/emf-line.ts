/** What a function said on one line of its output. */
export type FunctionSaid =
  | { readonly kind: 'counters'; readonly counters: Readonly<Record<string, number>> }
  /** Milliseconds. */
  | { readonly kind: 'freshness'; readonly values: readonly number[] }
  | { readonly kind: 'segment'; readonly segment: string; readonly values: readonly number[] }
  /** How often a segment of a stage, as `features.receive`, broke the target. */
  | { readonly kind: 'broken'; readonly by: string; readonly count: number }
  /** Attempts of one batch that failed and are made again, or have no known end. */
  | {
      readonly kind: 'attempts-failed';
      readonly outcome: string;
      readonly code: string;
      readonly count: number;
      /** Where the code of the pipeline threw. */
      readonly at: string | undefined;
    }
  | {
      readonly kind: 'log';
      readonly level: string;
      readonly message: string;
      readonly code: string | undefined;
      readonly at: string | undefined;
    }
  | { readonly kind: 'text' };

/** Whether it was measured, and not said for somebody to read. */
export const isMetric = ({ kind }: FunctionSaid): boolean =>
  kind !== 'log' && kind !== 'text' && kind !== 'attempts-failed';

const textOr = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'number');

/** Reads a line: a metric of the embedded metric format, a structured log, or anything else. */
export const readFunctionLine = (line: string): FunctionSaid => {
  if (!line.startsWith('{')) return { kind: 'text' };
  let parsed: Readonly<Record<string, unknown>>;
  try {
    parsed = JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return { kind: 'text' };
  }
  if (parsed['_aws'] === undefined) {
    const { level, message, outcome, code, count, at } = parsed;
    if (
      level === 'warn' &&
      typeof outcome === 'string' &&
      typeof code === 'string' &&
      typeof count === 'number'
    )
      return { kind: 'attempts-failed', outcome, code, count, at: textOr(at) };
    return typeof level === 'string' && typeof message === 'string'
      ? { kind: 'log', level, message, code: textOr(code), at: textOr(at) }
      : { kind: 'text' };
  }
  const { FreshnessMs, SegmentMs, Stage, Segment, TargetBroken } = parsed;
  if (isNumbers(FreshnessMs)) return { kind: 'freshness', values: FreshnessMs };
  if (isNumbers(SegmentMs) && typeof Segment === 'string')
    return { kind: 'segment', segment: Segment, values: SegmentMs };
  if (typeof TargetBroken === 'number' && typeof Stage === 'string' && typeof Segment === 'string')
    return { kind: 'broken', by: `${Stage}.${Segment}`, count: TargetBroken };
  const counters = Object.entries(parsed).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return { kind: 'counters', counters: Object.fromEntries(counters) };
};
