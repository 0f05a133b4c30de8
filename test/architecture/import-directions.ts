import { isAbsolute, relative, resolve, sep } from 'node:path';
import { textOf, type Declaration, type Expression, type Node, type RuleContext } from './lint-rule.ts';
import { confined, isListed, placeOf, rooms, type Place } from './rooms.ts';

const passDown =
  'move what both need to where both may import it, or take it as a parameter from a room that sees both';

const anyOf = (names: readonly string[]): string =>
  new Intl.ListFormat('en', { type: 'disjunction' }).format(names);

const refusal = (from: Place, to: string, expected: string, fix: string): string =>
  `${from.name} → ${to} is not allowed: expected ${expected}. Fix: ${fix}.`;

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const packageProblem = (from: Place, path: string, name: string): string | undefined => {
  const { packages } = from.room;
  if (packages !== undefined && !packages.includes(name))
    return refusal(
      from,
      name,
      `no package but ${anyOf(packages)}`,
      'ask for what it does through a port (lib/core/ports), and answer it in lib/adapters',
    );
  const homes = confined[name];
  if (homes === undefined || isListed(path, path, homes)) return undefined;
  return refusal(from, name, `${name} only in ${anyOf(homes)}`, 'use it there, and pass on what it makes');
};

const fileProblem = (from: Place, path: string, to: string, typeOnly: boolean): string | undefined => {
  const target = placeOf(to);
  if (target?.name === from.name) return undefined;
  const { imports, types = [] } = from.room;
  if (isListed(path, to, typeOnly ? [...imports, ...types] : imports)) return undefined;
  const only = `an import of ${anyOf([...imports, `${from.name} itself`])}`;
  const expected = types.length > 0 ? `${only}, and of ${anyOf(types)} types` : only;
  const fix = target?.room.instead ?? passDown;
  return refusal(
    from,
    target === undefined || target.name === to ? to : `${target.name} (${to})`,
    expected,
    isListed(path, to, types) ? `write \`import type\`, or ${fix}` : fix,
  );
};

const computedProblem = (from: Place): string | undefined => {
  if (from.room.loadsByPath) return undefined;
  const loaders = Object.keys(rooms).filter((key) => rooms[key]?.loadsByPath);
  return refusal(
    from,
    'import() of what is computed',
    `a path that is written out; only ${anyOf(loaders)} may load what a path names`,
    'write the path out, or load a pipeline through lib/build/load-contract.ts',
  );
};

const firstLine = { start: { line: 1, column: 0 }, end: { line: 1, column: 0 } };

/** Imports of every form go where the table of rooms allows it, and nowhere else. */
export const importDirections = (root: string) => ({
  create(context: RuleContext) {
    const fromRoot = (file: string): string => relative(root, file).split(sep).join('/');
    const path = fromRoot(context.filename);
    const from = placeOf(path);
    const check = (node: Node, specifier: string, typeOnly: boolean): void => {
      if (from === undefined) return;
      const message =
        specifier.startsWith('.') || isAbsolute(specifier)
          ? fileProblem(from, path, fromRoot(resolve(context.filename, '..', specifier)), typeOnly)
          : packageProblem(from, path, specifier.startsWith('node:') ? specifier : packageOf(specifier));
      if (message !== undefined) context.report({ node, message });
    };
    const declared = (node: Declaration): void => {
      const specifier = node.source === null ? undefined : textOf(node.source);
      if (specifier !== undefined)
        check(node, specifier, node.importKind === 'type' || node.exportKind === 'type');
    };
    return {
      Program(): void {
        if (from === undefined && path.includes('/'))
          context.report({
            loc: firstLine,
            message: `${path} is in no room: nobody knows what it may import. Fix: move it into one, or write a room for it into test/architecture/rooms.ts.`,
          });
      },
      ImportDeclaration: declared,
      ExportNamedDeclaration: declared,
      ExportAllDeclaration: declared,
      TSImportType(node: Node & { readonly source: Expression }): void {
        check(node, textOf(node.source) ?? '', true);
      },
      ImportExpression(node: Node & { readonly source: Expression }): void {
        const specifier = textOf(node.source);
        if (specifier !== undefined) check(node, specifier, false);
        else if (from !== undefined) {
          const message = computedProblem(from);
          if (message !== undefined) context.report({ node, message });
        }
      },
      /** `new URL('./worker.ts', import.meta.url)`: what a worker begins with is imported in all but name. */
      NewExpression(
        node: Node & {
          readonly callee: { readonly name?: string };
          readonly arguments: readonly Expression[];
        },
      ): void {
        const [url, base] = node.arguments;
        if (node.callee.name !== 'URL' || url === undefined || base?.type !== 'MemberExpression') return;
        const specifier = textOf(url);
        if (specifier !== undefined && /^\..*\.(?:ts|mjs)$/.test(specifier)) check(node, specifier, false);
      },
    };
  },
});
