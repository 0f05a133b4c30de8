/**
 * A name on two lines of so many characters, broken behind the first dot, or else dash, whose rest fits the second line. Names of
 * topics differ at their end: of what is too long the beginning is left out.
 */
export const twoLines = (name: string, most: number): readonly [string, string] => {
  if (name.length <= most) return ['', name];
  const endsAfter = (sign: string): number | undefined =>
    Array.from(name, (each, index) => (each === sign ? index + 1 : 0)).find(
      (index) => index > 0 && name.length - index <= most,
    );
  const at = endsAfter('.') ?? endsAfter('-') ?? Math.max(0, name.length - most);
  return [withoutBeginning(name.slice(0, at), most), name.slice(at)];
};

/** The end of a name, on one line. */
export const withoutBeginning = (name: string, most: number): string =>
  name.length <= most ? name : `…${name.slice(name.length - Math.max(1, most - 1))}`;
