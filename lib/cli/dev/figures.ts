import type { Quantiles } from '../../local/report/quantiles.ts';

const thousands = /\B(?=(?:\d{3})+$)/g;

/** A whole number: `53,487`. Not by `Intl`, whose first format takes a command 20 ms. */
export const figure = (count: number): string => String(count).replaceAll(thousands, ',');

/** `42 ms`, `1.3 s` */
export const duration = (ms: number): string =>
  Math.abs(ms) < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;

export const quantile = (quantiles: Quantiles | null, name: keyof Quantiles): string =>
  quantiles === null ? '–' : duration(quantiles[name]);

/** Rows with their columns aligned; numbers and lengths of time to the right. */
export const aligned = (
  rows: readonly (readonly string[])[],
  leftColumns: readonly number[] = [0],
): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        leftColumns.includes(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
};
