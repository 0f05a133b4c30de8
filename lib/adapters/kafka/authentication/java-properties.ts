const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

const unescape = (text: string): string =>
  text.replaceAll(/\\(?:u([0-9A-Fa-f]{4})|([^]))/g, (_, hex: string | undefined, character: string) =>
    hex === undefined ? (escapes[character] ?? character) : String.fromCharCode(Number.parseInt(hex, 16)),
  );

/** Lines as they are meant: an odd number of backslashes at the end joins the next one, without its indentation. */
const logicalLines = (text: string): readonly string[] => {
  const lines: string[] = [];
  let joined: string | undefined;
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line: string = (joined ?? '') + natural.replace(/^[ \t\f]+/, '');
    if (joined === undefined && /^[#!]|^$/.test(line)) continue;
    const isContinued = (/\\+$/.exec(line)?.[0].length ?? 0) % 2 === 1;
    joined = isContinued ? line.slice(0, -1) : undefined;
    if (!isContinued) lines.push(line);
  }
  return joined === undefined ? lines : [...lines, joined];
};

const parts = /^((?:\\[^]|[^\\:= \t\f])*)(?:[ \t\f]*[:=][ \t\f]*|[ \t\f]+|$)([^]*)$/;

/**
 * Parses a Java properties file; the last of several values counts.
 *
 * @see java.util.Properties, `load(Reader)`
 */
export const parseJavaProperties = (text: string): ReadonlyMap<string, string> =>
  new Map(
    logicalLines(text).map((line) => {
      const [, name = '', value = ''] = parts.exec(line) ?? [];
      return [unescape(name), unescape(value)];
    }),
  );
