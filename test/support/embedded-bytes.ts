import { readFileSync } from 'node:fs';

interface Output {
  readonly bytes: number;
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
  readonly imports: readonly { readonly path: string }[];
}

const isRemote = ({ inputs }: Output): boolean =>
  Object.keys(inputs).some((path) => /^freshet-adapters:adapters\.(?:kafka|dynamodb|s3)\./.test(path));

/**
 * Bytes that a stage loads on the embedded adapters, at start or later: all but what is behind the doors of the real ones.
 *
 * @param metafile - of the stage's bundle, its path
 */
export const embeddedBytes = (metafile: string): number => {
  const { outputs } = JSON.parse(readFileSync(metafile, 'utf8')) as {
    readonly outputs: Readonly<Record<string, Output>>;
  };
  const reached = new Set(Object.keys(outputs).filter((path) => path.endsWith('/index.mjs')));
  for (const path of reached)
    for (const { path: imported } of outputs[path]?.imports ?? []) {
      const output = outputs[imported];
      if (output !== undefined && !isRemote(output)) reached.add(imported);
    }
  return [...reached].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
};
