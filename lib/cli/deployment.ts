import { userInfo } from 'node:os';
import {
  choosePipeline,
  localEnvironment,
  stateFolderOf,
  type ChosenPipeline,
} from '../local/pipeline-choice.ts';
import { holdsState } from '../local/state/state-folder.ts';
import { openPlatform } from '../local/platform.ts';
import { deploymentOn, type Deployment, type Operator } from '../ops/deployment.ts';
import type { Whereabouts } from './next-command.ts';
import { noState } from './no-state.ts';
import { textOr } from './option.ts';
import { functionsOption, stateOption } from './pipeline-options.ts';
import {
  dynamoOf,
  kafkaOf,
  platformFlags,
  platformOptions,
  type PlatformChoice,
} from './platform-options.ts';

/** Options of every command that works on a pipeline where it runs. */
export const deploymentOptions = { functions: functionsOption, state: stateOption, ...platformOptions };

export const reasonOption = textOr('text', 'why, for the audit trail', 'no reason given');

interface Wanted extends Omit<Whereabouts, 'platform'>, PlatformChoice {
  readonly root: string;
  readonly functions: string;
}

/** What a command works on. */
export interface OpenDeployment extends ChosenPipeline {
  readonly deployment: Deployment;
  /** The state folder, absolute. */
  readonly folder: string;
  readonly where: Whereabouts;
  /** Tells functions where log and stores are. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Opens the pipeline's log and stores beside whoever else works on them, for as long as `work` takes.
 *
 * @throws {ConfigError} `STATE_FOLDER_INVALID` where there is none: a command that looks must not make one
 */
export const withDeployment = async <Result>(
  wanted: Wanted,
  work: (open: OpenDeployment) => Promise<Result>,
): Promise<Result> => {
  const { root, name, functions, state } = wanted;
  const where = { name, functions, state, platform: platformFlags(wanted) };
  const chosen = await choosePipeline({ root, functionsFolder: functions, name });
  const folder = stateFolderOf(root, chosen.contract.pipeline, state);
  if (!holdsState(folder)) throw noState(folder, where);
  const platform = await openPlatform({
    folder,
    contract: chosen.contract,
    environment: localEnvironment,
    kafka: kafkaOf(wanted),
    dynamodb: dynamoOf(wanted),
  });
  const deployment = deploymentOn(platform, {
    contract: chosen.contract,
    environment: localEnvironment,
    clock: platform.clock,
  });
  try {
    return await work({ ...chosen, deployment, folder, where, variables: platform.variables });
  } finally {
    platform.close();
  }
};

export const operatorOf = (why: string): Operator => ({ who: userInfo().username, why });
