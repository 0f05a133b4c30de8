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

/** Four digits are more than a sample tells. */
const rounded = (value: number): number => Number(value.toPrecision(4));

export const baselineOf = (lines: readonly SampleLine[], roles: Roles): Baseline => {
  const values = lines.map((line) => watchedValue(line, roles));
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0);
  const deviation = Math.sqrt(variance);
  // A number that never varied in the sample will vary some day.
  return {
    mean: rounded(mean),
    deviation: rounded(deviation > 0 && Number.isFinite(deviation) ? deviation : Math.abs(mean) / 20 || 1),
  };
};
