import { pathToFileURL } from 'node:url';
import type { ResolvedContract } from '../core/contract/resolved.ts';
import { ConfigError, messageOf } from '../core/errors.ts';
import type { PipelineFolder } from './discover.ts';

const isTrigger = (value: unknown): value is { readonly resolved: ResolvedContract } =>
  typeof value === 'object' && value !== null && 'resolved' in value && typeof value.resolved === 'object';

const importModule = async (pipeline: PipelineFolder): Promise<Readonly<Record<string, unknown>>> => {
  try {
    const loaded: unknown = await import(pathToFileURL(pipeline.contract).href);
    return loaded as Readonly<Record<string, unknown>>;
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError('PIPELINE_INVALID', {
      message: `${pipeline.contract} cannot be loaded: ${messageOf(cause)}`,
      cause,
    });
  }
};

/**
 * The contract among what a module exports.
 *
 * @throws {ConfigError} `PIPELINE_INVALID` where there is none, or it names another pipeline than its folder
 */
export const contractIn = (
  { contract, ...others }: Readonly<Record<string, unknown>>,
  pipeline: PipelineFolder,
): ResolvedContract => {
  if (!isTrigger(contract))
    throw new ConfigError('PIPELINE_INVALID', {
      message: `${pipeline.name} has no contract:`,
      problems: [
        {
          path: pipeline.contract,
          got:
            contract === undefined
              ? `exports ${Object.keys(others).join(', ') || 'nothing'}`
              : 'a `contract` that defineTrigger did not make',
          expected: 'an export named `contract`',
          fix: 'write `export const contract = defineTrigger(…)`',
        },
      ],
    });
  const { resolved } = contract;
  if (resolved.pipeline !== pipeline.name)
    throw new ConfigError('PIPELINE_INVALID', {
      message: `the folder and the contract name different pipelines:`,
      problems: [
        {
          path: pipeline.contract,
          got: `pipeline: '${resolved.pipeline}'`,
          expected: `'${pipeline.name}', as the folder is named`,
          fix: 'rename one of them',
        },
      ],
    });
  return resolved;
};

/**
 * Loads a pipeline's contract into this process.
 *
 * @throws {ConfigError} `CONTRACT_INVALID` with every contradiction; `PIPELINE_INVALID` where the file does not load, exports no
 *   `contract`, or names another pipeline than its folder
 */
export const loadContract = async (pipeline: PipelineFolder): Promise<ResolvedContract> =>
  contractIn(await importModule(pipeline), pipeline);
