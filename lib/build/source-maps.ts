import { dirname, relative, resolve, sep } from 'node:path';

/**
 * A source map whose sources are named from the project's root instead of from the map's own place:
 * otherwise the same code in another folder would be another asset, and a deployment.
 *
 * @param mapFile - absolute path the map will have
 * @param addedLines - lines that were put before the code it maps
 */
export const rootedSourceMap = (text: string, mapFile: string, root: string, addedLines: number): string => {
  const map = JSON.parse(text) as { readonly sources: readonly string[]; readonly mappings: string };
  const sources = map.sources.map((source) =>
    relative(root, resolve(dirname(mapFile), source))
      .split(sep)
      .join('/'),
  );
  // A semicolon ends the mappings of a line.
  return JSON.stringify({ ...map, sources, mappings: `${';'.repeat(addedLines)}${map.mappings}` });
};
