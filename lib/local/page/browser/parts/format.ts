import { language } from './language.ts';

const grouped = new Intl.NumberFormat(language);

/** What is not known. */
export const nothing = '–';

/** `53,487` */
export const count = (value: number): string => grouped.format(value);

/** `1 effect`, `2,193 effects` */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** `3 rows` where all of them are shown; else `Newest 100 of 5,000 rows`, `Newest 200 of more than 500 rows` */
export const listed = (
  shown: number,
  total: number,
  one: string,
  {
    which = 'Newest',
    isMore = false,
  }: { readonly which?: 'Newest' | 'Oldest'; readonly isMore?: boolean } = {},
): string =>
  shown < total
    ? `${which} ${count(shown)} of ${isMore ? 'more than ' : ''}${counted(total, one)}`
    : counted(total, one);

/** `240/s`, `3.4/s` */
export const rate = (perSecond: number): string =>
  `${perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : count(Math.round(perSecond))}/s`;

/** `42 ms`, `1.3 s`, `2 min 5 s`, `3 h 20 min`, `2 d 4 h` */
export const duration = (ms: number): string => {
  const size = Math.abs(ms);
  if (size < 1_000) return `${Math.round(ms)} ms`;
  if (size < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const sign = ms < 0 ? '−' : '';
  const seconds = Math.round(size / 1_000);
  if (seconds < 3_600) return sign + pair(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return sign + pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  return sign + pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
};

const pair = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;

export const durationOr = (ms: number | null | undefined): string =>
  ms === null || ms === undefined ? nothing : duration(ms);

/** `99.97 %`: cut, not rounded, so that a target that was missed once never reads as kept by 100 %. */
export const percent = (share: number | null, digits = 1): string => {
  if (share === null) return nothing;
  const scale = 10 ** digits;
  return `${(Math.floor(share * 100 * scale + 1e-9) / scale).toFixed(digits)} %`;
};

export const score = (value: number | null): string => (value === null ? nothing : value.toFixed(3));

/** `14:02:07.120`, of the browser's own clock. */
export const clock = (at: number): string => {
  const time = new Date(at);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}`;
};

/** `2013-01-14 05:40 UTC` */
export const simulatedTime = (at: number): string =>
  at <= 0 || !Number.isFinite(at)
    ? nothing
    : `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** `×3,600`, `as fast as it goes` */
export const speedText = (
  speed: { readonly kind: 'paced'; readonly factor: number } | { readonly kind: 'fast' },
): string => (speed.kind === 'fast' ? 'as fast as it goes' : `×${count(speed.factor)}`);

export const json = (value: unknown): string => JSON.stringify(value, null, 2) ?? 'undefined';
