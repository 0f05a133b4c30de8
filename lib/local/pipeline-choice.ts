import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { discoverPipelines, pipelineFolderOf, type PipelineFolder } from '../build/discover.ts';
import { loadContract } from '../build/load-contract.ts';
import type { ResolvedContract } from '../core/contract/resolved.ts';
import { ConfigError, UsageError } from '../core/errors.ts';

/** The name of the local deployment: it goes before topics and groups. */
export const localEnvironment = 'dev';

export interface ChosenPipeline {
  readonly pipeline: PipelineFolder;
  readonly contract: ResolvedContract;
}

interface FunctionsFolder {
  /** The project's root, absolute. */
  readonly root: string;
  /** Where the pipelines are, or the folder of one: absolute, or from the root. */
  readonly functionsFolder: string;
}

/** @throws {ConfigError} `PIPELINE_INVALID`: none at all, or folders that are none */
const pipelinesIn = ({ root, functionsFolder }: FunctionsFolder): readonly PipelineFolder[] => {
  // A folder that is itself a pipeline stands for itself.
  if (existsSync(resolve(root, functionsFolder, 'contract.ts')))
    return [pipelineFolderOf(root, functionsFolder)];
  const pipelines = discoverPipelines({ root, functionsFolder });
  if (pipelines.length > 0) return pipelines;
  throw new ConfigError('PIPELINE_INVALID', {
    message: 'there is no pipeline:',
    problems: [
      {
        path: '--functions',
        got: `${resolve(root, functionsFolder)}, which holds no folder`,
        expected: 'a folder with one folder for each pipeline',
        fix: 'call it from the root of the project, or name the folder with --functions',
      },
    ],
  });
};

/**
 * Names of all pipelines, whether their contracts load or not.
 *
 * @throws {ConfigError} `PIPELINE_INVALID`: none at all, or folders that are none
 */
export const pipelineNames = (folder: FunctionsFolder): readonly string[] =>
  pipelinesIn(folder).map(({ name }) => name);

interface Choice extends FunctionsFolder {
  /** `undefined`: the only pipeline there is. */
  readonly name: string | undefined;
}

const unknownPipeline = (name: string | undefined, pipelines: readonly PipelineFolder[]): UsageError => {
  const names = pipelines.map((pipeline) => pipeline.name).join(', ');
  return new UsageError('USAGE', {
    message:
      name === undefined
        ? `got no pipeline, expected one of ${names}. Fix: name it.`
        : `got pipeline "${name}", expected one of ${names}. Fix: name one of them.`,
  });
};

/**
 * The pipeline that a command is about, with its contract.
 *
 * @throws {UsageError} for a name that is unknown, or missing where there are several
 * @throws {ConfigError} `PIPELINE_INVALID` or `CONTRACT_INVALID`
 */
export const choosePipeline = async (choice: Choice): Promise<ChosenPipeline> => {
  const pipelines = pipelinesIn(choice);
  const [only, ...others] = pipelines;
  const pipeline =
    choice.name === undefined && others.length === 0
      ? only
      : pipelines.find(({ name }) => name === choice.name);
  if (pipeline === undefined) throw unknownPipeline(choice.name, pipelines);
  return { pipeline, contract: await loadContract(pipeline) };
};

/** What came of loading one contract. */
export type LoadedContract =
  | { readonly kind: 'loaded'; readonly contract: ResolvedContract }
  | { readonly kind: 'failed'; readonly thrown: unknown };

/**
 * Loads the contract of one pipeline, or of all: one that fails keeps none of the others from being judged.
 *
 * @throws {UsageError} for an unknown name
 */
export const loadContracts = async (choice: Choice): Promise<readonly LoadedContract[]> => {
  const all = pipelinesIn(choice);
  const chosen = choice.name === undefined ? all : all.filter(({ name }) => name === choice.name);
  if (chosen.length === 0) throw unknownPipeline(choice.name, all);
  return Promise.all(
    chosen.map(async (pipeline): Promise<LoadedContract> =>
      loadContract(pipeline).then(
        (contract) => ({ kind: 'loaded', contract }),
        (thrown: unknown) => ({ kind: 'failed', thrown }),
      ),
    ),
  );
};

/** Where a pipeline's local state is, absolute. */
export const stateFolderOf = (root: string, pipeline: string, folder: string | undefined): string =>
  resolve(root, folder ?? `.freshet/${pipeline}`);
