/** The value that a share of the values does not exceed. @param share - 0.5: the median */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
};

export const median = (values: readonly number[]): number => quantile(values, 0.5);

const digits = (value: number): string => {
  if (value >= 100) return value.toFixed(0);
  return value.toPrecision(value >= 10 ? 3 : 2).replace(/^0?\.?0+$/, '0');
};

/** The median, and the range of all rounds where there are several. */
export const spread = (values: readonly number[], unit: string): string => {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const range = values.length > 1 ? ` (${digits(least)}–${digits(most)})` : '';
  return `${digits(median(values))} ${unit}${range}`.replace(/ $/, '');
};

/** One measure against another, as part of a whole where it is smaller: `1/17.5`. */
export const ratio = (ours: number, theirs: number): string =>
  ours <= theirs ? `1/${digits(theirs / ours)}` : `${digits(ours / theirs)}×`;
