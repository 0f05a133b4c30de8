// Before uPlot: it mends the language that uPlot reads as it is loaded.
import { clock, nothing } from './format.ts';
import uPlot from 'uplot';
import { el, setText } from './dom.ts';

export interface Line {
  readonly name: string;
  /** The n-th colour of the style sheet; the dashes differ too. */
  readonly colour: number;
}

export interface PlotOptions {
  readonly title: string;
  readonly format: (value: number) => string;
  /** Powers of ten: for times that differ by orders of magnitude. */
  readonly isLogarithmic?: boolean;
  /** Of a time, Unix ms. @default the time of day */
  readonly timeText?: (at: number) => string;
  /** A dashed line at this value. */
  readonly target?: { readonly name: string; readonly value: number };
}

export type Values = readonly (number | null)[];

export interface Plot {
  readonly node: HTMLElement;
  readonly show: (times: readonly number[], values: readonly Values[], target?: number) => void;
  readonly close: () => void;
}

const dashes: readonly (readonly number[])[] = [[], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4]];

const colourOf = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const height = 190;

/** Whole powers of ten around what there is: the lines of the grid are round numbers then. */
const decades = (least: number | null, most: number | null): [number, number] => {
  const from = 10 ** Math.floor(Math.log10(Math.max(1, least ?? 1)));
  return [from, Math.max(from * 10, 10 ** Math.ceil(Math.log10(Math.max(1, most ?? 1))))];
};

const powersOfTen = (least: number, most: number): number[] =>
  Array.from({ length: Math.round(Math.log10(most / least)) + 1 }, (_, power) => least * 10 ** power);

const timeOfDay = (at: number): string => clock(at).slice(0, 8);

/** Lines over time. What the pointer is at, else what is newest, is written above them. */
export const plot = (options: PlotOptions, lines: readonly Line[]): Plot => {
  const { title, format, isLogarithmic = false, timeText = timeOfDay, target } = options;
  const values = lines.map(() => el('b', {}, nothing));
  const legend = el(
    'p',
    { class: 'plot-legend' },
    ...lines.map(({ name, colour }, index) =>
      el('span', { class: `line-${colour}` }, `${name} `, values[index] ?? ''),
    ),
  );
  const room = el('div', { class: 'plot-room' });
  const node = el('figure', { class: 'plot' }, el('figcaption', {}, title), legend, room);
  const targetLine = target === undefined ? [] : [target];
  const data: (number | null)[][] = [[], ...lines.map(() => []), ...targetLine.map(() => [])];

  /** As they are: what is drawn on a scale of powers of ten is at least 1. */
  let exact: readonly Values[] = [];

  const written = (at: number | null | undefined): void => {
    const index = at ?? (data[0]?.length ?? 0) - 1;
    for (const [line, value] of values.entries()) {
      const found = exact[line]?.[index];
      setText(value, found === null || found === undefined ? nothing : format(found));
    }
  };

  let colours = new Map<string, string>();
  const colour = (name: string): string => {
    const known = colours.get(name) ?? colourOf(name);
    colours.set(name, known);
    return known;
  };
  const axis = {
    stroke: () => colour('--quiet'),
    grid: { stroke: () => colour('--hair'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  const drawn = new uPlot(
    {
      width: 300,
      height,
      legend: { show: false },
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
      scales: {
        x: { time: true },
        y: isLogarithmic
          ? { distr: 3, range: (_, least, most) => decades(least, most) }
          : { range: (_, _least, most) => [0, Math.max(1, most * 1.15)] },
      },
      axes: [
        { ...axis, space: 90, size: 26, values: (_, ticks) => ticks.map((tick) => timeText(tick * 1_000)) },
        {
          ...axis,
          size: 62,
          ...(isLogarithmic
            ? { splits: (_: uPlot, __: number, least: number, most: number) => powersOfTen(least, most) }
            : {}),
          values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : format(tick))),
        },
      ],
      series: [
        {},
        ...lines.map(({ name, colour: number }, index) => ({
          label: name,
          stroke: () => colour(`--line-${number}`),
          width: 1.6,
          dash: [...(dashes[index % dashes.length] ?? [])],
          points: { show: false },
          spanGaps: true,
        })),
        ...targetLine.map(({ name }) => ({
          label: name,
          stroke: () => colour('--bad'),
          width: 1.2,
          dash: [3, 3],
          points: { show: false },
        })),
      ],
      hooks: { setCursor: [({ cursor }) => written(cursor.idx)] },
    },
    data as uPlot.AlignedData,
    room,
  );
  drawn.root.setAttribute('role', 'img');
  drawn.root.setAttribute('aria-label', `${title}, over time; the newest values are written above.`);

  const scheme = matchMedia('(prefers-color-scheme: dark)');
  const recolour = (): void => {
    colours = new Map();
    drawn.redraw(false);
  };
  scheme.addEventListener('change', recolour);
  const observer = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry?.contentRect.width ?? 0);
    if (width > 0 && width !== drawn.width) drawn.setSize({ width, height });
  });
  observer.observe(room);

  const show = (times: readonly number[], all: readonly Values[], targetValue = target?.value): void => {
    const least = (value: number | null): number | null =>
      isLogarithmic && value !== null ? Math.max(1, value) : value;
    exact = all;
    data.splice(
      0,
      data.length,
      times.map((time) => time / 1_000),
      ...lines.map((_, index) => (all[index] ?? []).map(least)),
      ...targetLine.map(() => times.map(() => targetValue ?? null)),
    );
    drawn.setData(data as uPlot.AlignedData);
    written(drawn.cursor.idx);
  };
  const close = (): void => {
    scheme.removeEventListener('change', recolour);
    observer.disconnect();
    drawn.destroy();
  };
  return { node, show, close };
};
