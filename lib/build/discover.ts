import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { ConfigError, type Problem } from '../core/errors.ts';

/** A pipeline as its folder holds it. All paths are absolute. */
export interface PipelineFolder {
  /** The folder's name, which is the pipeline's. */
  readonly name: string;
  readonly folder: string;
  readonly contract: string;
  readonly stages: { readonly features: string; readonly inference: string; readonly action: string };
  /** How a recording becomes events, where the pipeline has one. */
  readonly recording: string | undefined;
}

const required = ['contract.ts', 'features.ts', 'inference.ts', 'action.ts'] as const;

const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .toSorted();

const problemsOf = (root: string, folder: string): readonly Problem[] => {
  const path = relative(root, folder) || folder;
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    return [
      {
        path,
        got: existsSync(folder) ? 'a file' : 'no such folder',
        expected: `a folder with ${required.join(', ')}`,
        fix: 'name the folder of a pipeline',
      },
    ];
  const files = filesOf(folder);
  const missing = required.filter((file) => !files.includes(file));
  if (missing.length === 0) return [];
  return [
    {
      path,
      got: files.length === 0 ? 'an empty folder' : `only ${files.join(', ')}`,
      expected: `a pipeline: ${required.join(', ')}`,
      fix: missing.includes('contract.ts')
        ? `write ${path}/contract.ts with \`export const contract = defineTrigger(…)\`${missing.length > 1 ? ` and the rest (${missing.slice(1).join(', ')})` : ''}, or move the folder elsewhere`
        : `write ${missing.map((file) => `${path}/${file}`).join(', ')}`,
    },
  ];
};

const refuse = (problems: readonly Problem[]): never => {
  throw new ConfigError('PIPELINE_INVALID', { message: 'not a pipeline:', problems });
};

const describeFolder = (folder: string): PipelineFolder => {
  const recording = join(folder, 'recording.ts');
  return {
    name: basename(folder),
    folder,
    contract: join(folder, 'contract.ts'),
    stages: {
      features: join(folder, 'features.ts'),
      inference: join(folder, 'inference.ts'),
      action: join(folder, 'action.ts'),
    },
    recording: existsSync(recording) ? recording : undefined,
  };
};

/**
 * The pipeline in one folder.
 *
 * @param folder - absolute, or from the root
 * @throws {ConfigError} `PIPELINE_INVALID` where a file that makes a pipeline is missing
 */
export const pipelineFolderOf = (root: string, folder: string): PipelineFolder => {
  const absolute = resolve(root, folder);
  const problems = problemsOf(root, absolute);
  return problems.length > 0 ? refuse(problems) : describeFolder(absolute);
};

/** Said by whoever builds every pipeline where there is none: nothing is wrong, and nothing is made. */
export const noPipelines =
  'there is no pipeline: got no folder in functions; expected one for each pipeline. Fix: make one with `npx freshet new <name>`.';

/**
 * The pipelines under a functions folder, in order of their names; hidden folders are passed over.
 *
 * @throws {ConfigError} `PIPELINE_INVALID`, naming every folder that is none
 */
export const discoverPipelines = ({
  root,
  functionsFolder = 'functions',
}: {
  readonly root: string;
  readonly functionsFolder?: string;
}): readonly PipelineFolder[] => {
  const parent = resolve(root, functionsFolder);
  if (!existsSync(parent)) return [];
  const folders = readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => join(parent, entry.name))
    .toSorted();
  const problems = folders.flatMap((folder) => problemsOf(root, folder));
  return problems.length > 0 ? refuse(problems) : folders.map(describeFolder);
};
