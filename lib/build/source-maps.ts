import { dirname, relative, resolve, sep } from 'node:path';

/**
 * A source map whose sources are named from the project's root instead of from the map's own place:
 * otherwise the same code in another folder would be another asset, and a deployment.
 *
 * @param mapFile - absolute path the map will have
 */
export const rootedSourceMap = (text: string, mapFile: string, root: string): string => {
  const map = JSON.parse(text) as { readonly sources: readonly string[] };
  const sources = map.sources.map((source) =>
    relative(root, resolve(dirname(mapFile), source))
      .split(sep)
      .join('/'),
  );
  return JSON.stringify({ ...map, sources });
};
