/** Text of TypeScript as the formatter leaves it, so that what is made need not be formatted. */

/** A call with at most one argument, or with one list of them; or text as it stands. */
export type Code =
  | string
  | { readonly call: string; readonly argument: Code }
  | { readonly call: string; readonly list: readonly Code[] };

const width = 110;

const isIdentifier = (name: string): boolean => /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name);

/** A text as a literal: between the quotes of which it needs fewer escapes, single ones where it is equal. */
export const literal = (text: string): string => {
  const inDouble = JSON.stringify(text);
  const doubles = text.split('"').length;
  const singles = text.split("'").length;
  if (singles > doubles) return inDouble;
  return `'${inDouble
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll("'", String.raw`\'`)}'`;
};

/** A member's name in an object: quoted where it must be. */
export const memberName = (name: string): string => (isIdentifier(name) ? name : literal(name));

/** The member of a value: `event.at`, `event['x-y']`. */
export const memberOf = (value: string, name: string): string =>
  isIdentifier(name) ? `${value}.${name}` : `${value}[${literal(name)}]`;

export const numberText = (value: number): string => String(value).replace('e+', 'e');

const onOneLine = (code: Code): string => {
  if (typeof code === 'string') return code;
  return 'list' in code
    ? `${code.call}([${code.list.map(onOneLine).join(', ')}])`
    : `${code.call}(${onOneLine(code.argument)})`;
};

/**
 * Code behind some text on its line, broken where it does not fit.
 *
 * @param before - what stands before it on its first line, indented
 * @param after - what follows it on its last: a comma, a semicolon
 */
export const laidOut = (before: string, code: Code, after: string): string => {
  const line = `${before}${onOneLine(code)}${after}`;
  if (line.length <= width || typeof code === 'string') return line;
  const indent = /^ */.exec(before)?.[0] ?? '';
  const deeper = `${indent}  `;
  return 'list' in code
    ? [
        `${before}${code.call}([`,
        ...code.list.map((item) => laidOut(deeper, item, ',')),
        `${indent}])${after}`,
      ].join('\n')
    : [`${before}${code.call}(`, laidOut(deeper, code.argument, ','), `${indent})${after}`].join('\n');
};

/** `export const name = (event: Observed): type => body;` */
export const arrow = (head: string, body: string): string => {
  const line = `${head} => ${body};`;
  return line.length <= width ? line : `${head} =>\n  ${body};`;
};
