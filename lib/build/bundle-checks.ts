import type { Metafile } from 'esbuild';
import { ConfigError, type Problem } from '../core/errors.ts';

/** A handler is loaded while a record waits: 400 KB of code, whether it is loaded at start or later. */
const maxHandlerBytes = 400_000;

/** What must never travel into a function: the constructs describe it, they do not run in it. */
const forbidden = /(?:^|\/)node_modules\/(?:aws-cdk-lib|constructs|aws-cdk)\//;

/** The shortest chain of imports from the entry to a module, both included. */
const importPath = (inputs: Metafile['inputs'], entry: string, target: string): readonly string[] => {
  const cameFrom = new Map<string, string | undefined>([[entry, undefined]]);
  for (const path of cameFrom.keys())
    for (const { path: imported } of inputs[path]?.imports ?? [])
      if (!cameFrom.has(imported)) cameFrom.set(imported, path);
  const chain: string[] = [];
  for (let at: string | undefined = target; at !== undefined; at = cameFrom.get(at)) chain.unshift(at);
  return chain;
};

const forbiddenProblems = (stage: string, metafile: Metafile, entry: string): readonly Problem[] => {
  const found = Object.keys(metafile.inputs).find((path) => forbidden.test(path));
  if (found === undefined) return [];
  return [
    {
      path: stage,
      got: `imports of the AWS CDK: ${importPath(metafile.inputs, entry, found).join(' → ')}`,
      expected: 'a handler without aws-cdk-lib',
      fix: 'cut the first import of that chain which leads there, or make it `import type`',
    },
  ];
};

/** The largest parts of a bundle, for whoever has to make it smaller. */
const largest = (metafile: Metafile): string => {
  const bytes = new Map<string, number>();
  for (const output of Object.values(metafile.outputs))
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs))
      bytes.set(path, (bytes.get(path) ?? 0) + bytesInOutput);
  return [...bytes]
    .toSorted(([, left], [, right]) => right - left)
    .slice(0, 5)
    .map(([path, size]) => `${path} ${Math.ceil(size / 1_000)} KB`)
    .join(', ');
};

export interface BundleFacts {
  readonly stage: string;
  readonly metafile: Metafile;
  /** The entry as the metafile names it. */
  readonly entry: string;
  readonly exports: readonly string[];
  readonly sizeBytes: number;
}

/** @throws {ConfigError} `PIPELINE_INVALID` without a `handler`; `BUILD_FAILED` for the CDK inside, or for too much code */
export const checkBundle = ({ stage, metafile, entry, exports, sizeBytes }: BundleFacts): void => {
  if (!exports.includes('handler'))
    throw new ConfigError('PIPELINE_INVALID', {
      message: `${stage} is no Lambda handler:`,
      problems: [
        {
          path: entry,
          got: exports.length > 0 ? `exports ${exports.join(', ')}` : 'no exports',
          expected: 'an export named `handler`',
          fix: `write \`export const handler = handle(${stage})\``,
        },
      ],
    });
  const problems: Problem[] = [...forbiddenProblems(stage, metafile, entry)];
  if (sizeBytes > maxHandlerBytes)
    problems.push({
      path: stage,
      got: `${Math.ceil(sizeBytes / 1_000)} KB of code (largest: ${largest(metafile)})`,
      expected: `at most ${maxHandlerBytes / 1_000} KB`,
      fix: 'import less, or from a smaller package',
    });
  if (problems.length > 0)
    throw new ConfigError('BUILD_FAILED', { message: `${stage} cannot be a handler:`, problems });
};
