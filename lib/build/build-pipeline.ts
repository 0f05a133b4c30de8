import { dirname, join, resolve } from 'node:path';
import type { ResolvedContract } from '../core/contract/resolved.ts';
import { ConfigError, messageOf } from '../core/errors.ts';
import { contextStageName } from '../core/stages/context.ts';
import { actionParams } from './action-params.ts';
import { bundleStage, type BuiltStage, type StageEntry } from './bundle-stage.ts';
import { pipelineFolderOf, type PipelineFolder } from './discover.ts';
import { engineModule } from './engine.ts';
import { loadContract } from './load-contract.ts';
import { validatorsPlugin } from './validators-plugin.ts';

/** A pipeline whose every stage is bundled. */
export interface BuiltPipeline {
  readonly contract: ResolvedContract;
  readonly pipeline: PipelineFolder;
  /** Contexts in the contract's order, then features, inference, action. */
  readonly stages: readonly BuiltStage[];
  /** Names of the parameters that the action asks the deployment for. */
  readonly params: readonly string[];
}

/** Nobody writes a context stage by hand: its entry says what the others say in their own files. */
const contextEntry = (pipeline: PipelineFolder, context: string): StageEntry => ({
  source: [
    `import { contract } from ${JSON.stringify(pipeline.contract)};`,
    `import { contextStage } from ${JSON.stringify(engineModule('core/stages/context.ts'))};`,
    `import { handle } from ${JSON.stringify(engineModule('runtime/handle.ts'))};`,
    `export const handler = handle(contextStage(contract.resolved, ${JSON.stringify(context)}));`,
  ].join('\n'),
  resolveFrom: dirname(pipeline.contract),
});

/**
 * The values, once every promise has settled: whoever is told of a failure finds nothing still being written.
 *
 * @throws what the only failure threw, or a ConfigError `BUILD_FAILED` that says all of them
 */
const allOf = <Value>(settled: readonly PromiseSettledResult<Value>[]): readonly Value[] => {
  const failures = settled.filter((each) => each.status === 'rejected').map(({ reason }): unknown => reason);
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1)
    throw new ConfigError('BUILD_FAILED', { message: failures.map(messageOf).join('\n'), cause: failures });
  return settled.filter((each) => each.status === 'fulfilled').map(({ value }) => value);
};

/**
 * Bundles every stage of a pipeline: what is deployed, run locally and tested is this one output.
 *
 * @throws {ConfigError} `PIPELINE_INVALID`, `CONTRACT_INVALID` or `BUILD_FAILED`
 */
export const buildPipeline = async ({
  root,
  pipelineFolder,
  outFolder,
}: {
  /** The project's root, absolute: sources are named from here. */
  readonly root: string;
  /** Absolute, or from the root. */
  readonly pipelineFolder: string;
  /** Absolute, or from the root; a stage goes to `<outFolder>/<pipeline>/<stage>/`. */
  readonly outFolder: string;
}): Promise<BuiltPipeline> => {
  const pipeline = pipelineFolderOf(root, pipelineFolder);
  const contract = await loadContract(pipeline);
  const plugins = [validatorsPlugin(contract)];
  const entries: readonly (readonly [BuiltStage['name'], StageEntry])[] = [
    ...Object.keys(contract.context).map(
      (context) => [contextStageName(context), contextEntry(pipeline, context)] as const,
    ),
    ['features', { file: pipeline.stages.features }],
    ['inference', { file: pipeline.stages.inference }],
    ['action', { file: pipeline.stages.action }],
  ];
  const folder = join(resolve(root, outFolder), pipeline.name);
  const bundled = await Promise.allSettled(
    entries.map(([name, entry]) => bundleStage({ root, name, entry, folder: join(folder, name), plugins })),
  );
  const stages = allOf(bundled);
  return { contract, pipeline, stages, params: await actionParams(root, pipeline.stages.action, folder) };
};
