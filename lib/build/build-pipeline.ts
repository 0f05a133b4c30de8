import { join, resolve } from 'node:path';
import type { ResolvedContract } from '../core/contract/resolved.ts';
import { stageSources } from '../core/contract/stage-sources.ts';
import { ConfigError, messageOf } from '../core/errors.ts';
import { actionParams } from './action-params.ts';
import { buildStage } from './build-stage.ts';
import type { BuiltStage } from './bundle-stage.ts';
import { pipelineFolderOf, type PipelineFolder } from './discover.ts';
import type { HandlerForm } from './handler-format.ts';
import { loadContract } from './load-contract.ts';

/** A pipeline whose every stage is bundled. */
export interface BuiltPipeline {
  readonly contract: ResolvedContract;
  readonly pipeline: PipelineFolder;
  /** Contexts in the contract's order, then features, inference, action. */
  readonly stages: readonly BuiltStage[];
  /** Names of the parameters that the action asks the deployment for. */
  readonly params: readonly string[];
}

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
  form = 'deployed',
}: {
  /** The project's root, absolute: sources are named from here. */
  readonly root: string;
  /** Absolute, or from the root. */
  readonly pipelineFolder: string;
  /** Absolute, or from the root; a stage goes to `<outFolder>/<pipeline>/<stage>/`. */
  readonly outFolder: string;
  /** @default 'deployed' */
  readonly form?: HandlerForm;
}): Promise<BuiltPipeline> => {
  const pipeline = pipelineFolderOf(root, pipelineFolder);
  const contract = await loadContract(pipeline);
  const folder = join(resolve(root, outFolder), pipeline.name);
  const [bundled, looked] = await Promise.all([
    Promise.allSettled(
      stageSources(contract).map(({ name }) => buildStage({ root, pipeline, contract, name, folder, form })),
    ),
    Promise.allSettled([actionParams({ root, actionFile: pipeline.stages.action, folder })]),
  ]);
  // An action that cannot be bundled fails twice, and is told once.
  const stages = allOf(bundled);
  const [params = []] = allOf(looked);
  return { contract, pipeline, stages, params };
};
