import type { Metafile } from 'esbuild';
import { dirname } from 'node:path';
import { ConfigError, type Problem } from '../core/errors.ts';

/**
 * A handler is loaded while a record waits: 700 KB of code, whether it is loaded at start or later. What the pipeline is itself,
 * its own files, its model and its schemas, is as large as it has to be.
 */
const maxHandlerBytes = 700_000;

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

/** How much of a bundle comes from which input, in bytes. */
const bytesByInput = (metafile: Metafile): ReadonlyMap<string, number> => {
  const bytes = new Map<string, number>();
  for (const output of Object.values(metafile.outputs))
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs))
      bytes.set(path, (bytes.get(path) ?? 0) + bytesInOutput);
  return bytes;
};

/** The largest of them, for whoever has to make it smaller. */
const largest = (bytes: readonly (readonly [string, number])[]): string =>
  bytes
    .toSorted(([, left], [, right]) => right - left)
    .slice(0, 5)
    .map(([path, size]) => `${path} ${Math.ceil(size / 1_000)} KB`)
    .join(', ');

/** Whether an input is the pipeline's own: beside its entry, or made from its contract. */
const isOwn = (path: string, entry: string): boolean =>
  path.startsWith(`${dirname(entry)}/`) || path.startsWith('freshet-schema:');

export interface BundleFacts {
  readonly stage: string;
  readonly metafile: Metafile;
  /** The entry as the metafile names it. */
  readonly entry: string;
  readonly exports: readonly string[];
  readonly sizeBytes: number;
  /** Beyond what every handler may have: libraries that its contract asks for. */
  readonly allowanceBytes: number;
}

/** @throws {ConfigError} `PIPELINE_INVALID` without a `handler`; `BUILD_FAILED` for the CDK inside, or for too much code */
export const checkBundle = ({ stage, metafile, entry, exports, ...size }: BundleFacts): void => {
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
  const maxBytes = maxHandlerBytes + size.allowanceBytes;
  const inputs = [...bytesByInput(metafile)];
  const ownBytes = inputs.filter(([path]) => isOwn(path, entry)).reduce((sum, [, bytes]) => sum + bytes, 0);
  if (size.sizeBytes - ownBytes > maxBytes)
    problems.push({
      path: stage,
      got: `${Math.ceil((size.sizeBytes - ownBytes) / 1_000)} KB of code that is not its own (largest: ${largest(inputs.filter(([path]) => !isOwn(path, entry)))})`,
      expected: `at most ${maxBytes / 1_000} KB beside the pipeline’s own files`,
      fix: 'import less, or from a smaller package',
    });
  if (problems.length > 0)
    throw new ConfigError('BUILD_FAILED', { message: `${stage} cannot be a handler:`, problems });
};
