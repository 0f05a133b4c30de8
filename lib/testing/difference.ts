/** Where two values differ first. */
export interface Difference {
  /** JSON pointer. */
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

const longest = 120;

const jsonOf = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    // A `bigint`, or what holds itself.
    return String(value);
  }
};

const textOf = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : jsonOf(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** @returns `undefined` where they are equal as JSON */
export const firstDifference = (expected: unknown, got: unknown, path = ''): Difference | undefined => {
  if (Object.is(expected, got)) return undefined;
  if (!isObject(expected) || !isObject(got) || Array.isArray(expected) !== Array.isArray(got))
    return { path, expected: textOf(expected), got: textOf(got) };
  const names = [...new Set([...Object.keys(expected), ...Object.keys(got)])];
  for (const name of names) {
    const inner = firstDifference(expected[name], got[name], `${path}/${name}`);
    if (inner) return inner;
  }
  return undefined;
};
