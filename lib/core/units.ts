/** Units: wall-clock instants, lengths of time, sizes and rates, so that no bare number has to be guessed at. */

declare const epochMs: unique symbol;

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number & { readonly [epochMs]: true };

/** Brands a number of milliseconds since the epoch. */
export const epochMsOf = (ms: number): EpochMs => ms as EpochMs;

const rfc3339 = /^(\d{4}-\d\d-(\d\d))[t ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:?\d\d)$/i;

/** Parses an RFC 3339 timestamp with a zone, its seconds optional; `undefined` where it is none. */
export const parseInstant = (text: string): EpochMs | undefined => {
  const [, day = '', dayOfMonth] = rfc3339.exec(text) ?? [];
  const ms = day === '' ? Number.NaN : Date.parse(text);
  if (Number.isNaN(ms)) return undefined;
  // Date.parse makes the 2nd of March of the 30th of February.
  const isInCalendar = Number(dayOfMonth) <= 28 || new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  return isInCalendar ? epochMsOf(ms) : undefined;
};

const dayMs = 86_400_000;

const padded = (amount: number, digits: number): string => String(amount).padStart(digits, '0');

/** The day that was written last: instants of one batch are mostly of one day, and the calendar is what takes long. */
let lastDay: { readonly number: number; readonly text: string } | undefined;

/**
 * An instant as RFC 3339 in UTC, as `Date.toISOString` writes it, in a quarter of its time.
 *
 * @throws {RangeError} for what is no time, as that does
 */
export const toIso = (at: EpochMs): string => {
  const whole = Math.trunc(at);
  const number = Math.floor(whole / dayMs);
  if (lastDay?.number !== number) {
    const text = new Date(whole).toISOString();
    lastDay = { number, text: text.slice(0, text.indexOf('T') + 1) };
  }
  const ms = whole - number * dayMs;
  const [hour, minute, second] = [
    Math.floor(ms / 3_600_000),
    Math.floor(ms / 60_000) % 60,
    Math.floor(ms / 1_000) % 60,
  ];
  return `${lastDay.text}${padded(hour, 2)}:${padded(minute, 2)}:${padded(second, 2)}.${padded(ms % 1_000, 3)}Z`;
};

/** A length of time. Build it with {@link millis}, {@link seconds}, {@link minutes}, {@link hours} or {@link days}. */
export interface Duration {
  readonly ms: number;
}

const duration = (amount: number, unitMs: number): Duration => ({ ms: amount * unitMs });
export const millis = (amount: number): Duration => duration(amount, 1);
export const seconds = (amount: number): Duration => duration(amount, 1_000);
export const minutes = (amount: number): Duration => duration(amount, 60_000);
export const hours = (amount: number): Duration => duration(amount, 3_600_000);
export const days = (amount: number): Duration => duration(amount, 86_400_000);

/** A duration for people: the largest unit that divides it. */
export const describeDuration = ({ ms }: Duration): string => {
  const units: readonly (readonly [number, string])[] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ];
  const unit = units.find(([size]) => ms >= size && ms % size === 0);
  return unit ? `${ms / unit[0]} ${unit[1]}` : `${ms} ms`;
};

/** How many effects a pipeline may have in a minute of the store's clock. */
export interface Rate {
  readonly perMinute: number;
}
export const perMinute = (amount: number): Rate => ({ perMinute: amount });
