/** One entry of a JAAS configuration: `<module> required name="value" …;`. */
export interface JaasEntry {
  /** Class name of the login module. */
  readonly module: string;
  readonly options: ReadonlyMap<string, string>;
}

const token =
  /\s*(?:\/\/[^\n]*|\/\*[^]*?\*\/|"((?:\\[^]|[^"\\])*)"|'((?:\\[^]|[^'\\])*)'|([^\s=;"']+)|([=;]))/y;
const flags: ReadonlySet<string> = new Set(['required', 'requisite', 'sufficient', 'optional']);
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

interface Token {
  readonly kind: 'text' | 'sign';
  readonly text: string;
}

/** `undefined` where something is left that no token is made of, such as a quote that nobody closes. */
const tokensOf = (text: string): readonly Token[] | undefined => {
  const tokens: Token[] = [];
  const source = text.trimEnd();
  token.lastIndex = 0;
  while (token.lastIndex < source.length) {
    const match = token.exec(source);
    if (!match) return undefined;
    const [, double, single, word, sign] = match;
    const quoted = double ?? single;
    if (quoted !== undefined)
      tokens.push({
        kind: 'text',
        text: quoted.replaceAll(/\\([^])/g, (_, character: string) => escapes[character] ?? character),
      });
    else if (word !== undefined) tokens.push({ kind: 'text', text: word });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
  }
  return tokens;
};

/**
 * Parses the value of `sasl.jaas.config`, which has one entry.
 *
 * @returns `undefined` for anything else; what was wrong is not said, for it would quote a password
 * @see org.apache.kafka.common.security.JaasConfig
 */
export const parseJaas = (text: string): JaasEntry | undefined => {
  const tokens = tokensOf(text);
  const [module, flag, ...rest] = tokens ?? [];
  if (module?.kind !== 'text' || flag?.kind !== 'text' || !flags.has(flag.text.toLowerCase()))
    return undefined;
  const options = new Map<string, string>();
  let at = 0;
  for (; rest[at]?.kind === 'text'; at += 3) {
    const [name, equals, value] = rest.slice(at, at + 3);
    if (equals?.text !== '=' || equals.kind !== 'sign' || value?.kind !== 'text') return undefined;
    options.set(name?.text ?? '', value.text);
  }
  return at === rest.length - 1 && rest[at]?.text === ';' ? { module: module.text, options } : undefined;
};
