import { parseInstant } from '../core/units.ts';
import type { SampleLine } from './read-sample.ts';
import type { Roles } from './roles.ts';

/** What is usual of the watched number. */
export interface Baseline {
  readonly mean: number;
  /** Standard deviation, above 0. */
  readonly deviation: number;
}

const hourOf = (time: unknown): number => new Date(parseInstant(String(time)) ?? 0).getUTCHours();

/** The watched number of an event: the hour of its time where the roles name none. */
const watchedValue = ({ event }: Pick<SampleLine, 'event'>, { value, time }: Roles): number => {
  if (value === undefined) return hourOf(event[time]);
  return Number(value.reduce((at: unknown, name) => (at as Readonly<Record<string, unknown>>)[name], event));
};

/** More digits than a sample tells. */
const digits = 4;

/** As precise as the deviation is, however many digits stand before that: what varies little about 123,456 is not about 123,500. */
const roundedMean = (mean: number, deviation: number): number => {
  const decimals = digits - 1 - Math.floor(Math.log10(deviation));
  return Number(mean.toFixed(Math.min(100, Math.max(0, decimals))));
};

export const baselineOf = (lines: readonly SampleLine[], roles: Roles): Baseline => {
  const values = lines.map((line) => watchedValue(line, roles));
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0);
  const measured = Math.sqrt(variance);
  // Of equal numbers the sum may be off by its last digit, and the deviation above 0 by as little.
  const hasVaried = values.some((value) => value !== values[0]);
  // What never varied in the sample will vary some day.
  const deviation = hasVaried && Number.isFinite(measured) ? measured : Math.abs(mean) / 20 || 1;
  return { mean: roundedMean(mean, deviation), deviation: Number(deviation.toPrecision(digits)) };
};
