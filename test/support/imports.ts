import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export interface Import {
  /** Of the importing file, from the root. */
  readonly from: string;
  /** A file from the root, or a package's or Node's own name. */
  readonly to: string;
  readonly kind: 'file' | 'package' | 'node';
  readonly typeOnly: boolean;
}

/** Sources of the given folders, where they exist, from the root: path → text. */
export const sourcesOf = (root: string, folders: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    folders
      .filter((folder) => existsSync(join(root, folder)))
      .flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
          .filter((path) => /\.(?:ts|mts|mjs)$/.test(path) && !path.includes('node_modules'))
          .map((path) => join(folder, path))
          .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
      ),
  );

const withoutComments = (text: string): string =>
  text.replaceAll(/^\s*\/\*[^]*?\*\/\s*$/gm, '').replaceAll(/^\s*\/\/.*$/gm, '');

const statement =
  /^(?:import|export)\s+(?<typeOnly>type\s)?[^'"`;=]*?\bfrom\s*['"](?<from>[^'"]+)['"]|^import\s*['"](?<bare>[^'"]+)['"]/gm;
const dynamic = /\b(?:import|require\.resolve)\(\s*['"](?<path>[^'"]+)['"]\s*\)/g;

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const importOf = (from: string, specifier: string, typeOnly: boolean): Import => {
  if (specifier.startsWith('.'))
    return { from, to: normalize(join(dirname(from), specifier)), kind: 'file', typeOnly };
  if (specifier.startsWith('node:')) return { from, to: specifier, kind: 'node', typeOnly };
  return { from, to: packageOf(specifier), kind: 'package', typeOnly };
};

/** Every import of the sources: statements, re-exports and dynamic ones with a literal. */
export const importsOf = (sources: Readonly<Record<string, string>>): readonly Import[] =>
  Object.entries(sources).flatMap(([from, text]) => {
    const code = withoutComments(text);
    return [
      ...[...code.matchAll(statement)].map(({ groups }) =>
        importOf(from, groups?.['from'] ?? groups?.['bare'] ?? '', groups?.['typeOnly'] !== undefined),
      ),
      ...[...code.matchAll(dynamic)].map(({ groups }) => importOf(from, groups?.['path'] ?? '', false)),
    ];
  });

/** Circles among the files, each once, as the chain that closes. */
export const circlesOf = (imports: readonly Import[]): readonly (readonly string[])[] => {
  const edges = new Map<string, string[]>();
  for (const { from, to, kind } of imports)
    if (kind === 'file') edges.set(from, [...(edges.get(from) ?? []), to]);
  const circles: string[][] = [];
  const finished = new Set<string>();
  const visit = (file: string, chain: readonly string[]): void => {
    if (chain.includes(file)) {
      circles.push([...chain.slice(chain.indexOf(file)), file]);
      return;
    }
    if (finished.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...chain, file]);
    finished.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  return circles;
};
