import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { ConfigError } from '../core/errors.ts';
import {
  choosePipeline,
  localEnvironment,
  stateFolderOf,
  type ChosenPipeline,
} from '../local/pipeline-choice.ts';
import type { Deployment, Operator } from '../ops/deployment.ts';
import { openEmbeddedDeployment } from '../ops/embedded-deployment.ts';
import { nextCommand, type Whereabouts } from './next-command.ts';
import { textOr } from './option.ts';
import { functionsOption, stateOption } from './pipeline-options.ts';

/** Options of every command that works on a pipeline where it runs. */
export const deploymentOptions = { functions: functionsOption, state: stateOption };

export const reasonOption = textOr('text', 'why, for the audit trail', 'no reason given');

interface Wanted extends Whereabouts {
  readonly root: string;
}

/** What a command works on. */
export interface OpenDeployment extends ChosenPipeline {
  readonly deployment: Deployment;
  /** The state folder, absolute. */
  readonly folder: string;
  readonly where: Whereabouts;
}

/**
 * Opens the pipeline's state beside whoever else works on it, for as long as `work` takes.
 *
 * @throws {ConfigError} `STATE_FOLDER_INVALID` where there is none: a command that looks must not make one
 */
export const withDeployment = async <Result>(
  { root, name, functions, state }: Wanted,
  work: (open: OpenDeployment) => Promise<Result>,
): Promise<Result> => {
  const chosen = await choosePipeline({ root, functionsFolder: functions, name });
  const folder = stateFolderOf(root, chosen.contract.pipeline, state);
  if (!existsSync(folder))
    throw new ConfigError('STATE_FOLDER_INVALID', {
      message: 'There is no state to look at.',
      problems: [
        {
          path: '--state',
          got: `${folder}, which does not exist`,
          expected: 'the state folder of a local run',
          fix: `start one with \`${nextCommand('dev', { name, functions, state })}\`, or name its folder with \`--state\``,
        },
      ],
    });
  const deployment = openEmbeddedDeployment({
    contract: chosen.contract,
    environment: localEnvironment,
    folder,
  });
  try {
    return await work({ ...chosen, deployment, folder, where: { name, functions, state } });
  } finally {
    deployment.close();
  }
};

export const operatorOf = (why: string): Operator => ({ who: userInfo().username, why });
