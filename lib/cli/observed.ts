import type { ResolvedContract } from '../core/contract/resolved.ts';
import { namedTables } from '../local/examined.ts';
import { openLog, openObserved, type ObservedOptions } from '../local/observed.ts';
import { choosePipeline, localEnvironment, stateFolderOf } from '../local/pipeline-choice.ts';
import { holdsState } from '../local/state/state-folder.ts';
import type { Deployment } from '../ops/deployment.ts';
import type { Observed } from '../ops/status/stage-status.ts';
import { noState } from './no-state.ts';
import { parsed, textOr } from './option.ts';
import { dynamoOf, kafkaOf, platformFlags, type PlatformChoice } from './platform-options.ts';

/** Options that name a deployment, for commands that only look at it. */
export const environmentOption = textOr(
  'name',
  'of the deployment: it goes before the topics and groups that it creates',
  localEnvironment,
);
export const tablesOption = parsed(
  'names',
  'of the tables, rows=<table>,…, as in FRESHET_STORE (default: those of a local run)',
  namedTables,
);

interface WantedLog extends PlatformChoice {
  readonly root: string;
  /** Of the pipeline; `undefined`: the only one there is. */
  readonly name: string | undefined;
  readonly functions: string;
  readonly state: string | undefined;
  readonly environment: string;
}

interface Chosen {
  readonly contract: ResolvedContract;
  /** The state folder, absolute. */
  readonly folder: string;
}

/** @throws {ConfigError} `STATE_FOLDER_INVALID` where something is embedded in a folder that holds no state */
const chosenOf = async (
  wanted: WantedLog,
  { isEmbedded, orElse }: { readonly isEmbedded: boolean; readonly orElse: string },
): Promise<Chosen> => {
  const { root, name, functions, state } = wanted;
  const { contract } = await choosePipeline({ root, functionsFolder: functions, name });
  const folder = stateFolderOf(root, contract.pipeline, state);
  if (isEmbedded && !holdsState(folder))
    throw noState(folder, { name, functions, state, platform: platformFlags(wanted) }, orElse);
  return { contract, folder };
};

/** The pipeline's topics where they are, for as long as `work` takes: brokers that are named need no state folder. */
export const withLog = async <Result>(
  wanted: WantedLog,
  work: (on: Pick<Deployment, 'contract' | 'environment' | 'log'>) => Promise<Result>,
): Promise<Result> => {
  const { environment } = wanted;
  const kafka = kafkaOf(wanted);
  const { contract, folder } = await chosenOf(wanted, {
    isEmbedded: kafka === undefined,
    orElse: 'name brokers with `--bootstrap`',
  });
  const ports = await openLog({ folder, contract, kafka });
  try {
    return await work({ contract, environment, log: ports.log });
  } finally {
    ports.close();
  }
};

/** What is seen of the pipeline from outside: brokers and tables that are named need no state folder. */
export const withObserved = async <Result>(
  wanted: WantedLog & Pick<ObservedOptions, 'tables'>,
  work: (observed: Observed) => Promise<Result>,
): Promise<Result> => {
  const { environment, tables } = wanted;
  const [kafka, dynamodb] = [kafkaOf(wanted), dynamoOf(wanted)];
  const { contract, folder } = await chosenOf(wanted, {
    isEmbedded: kafka === undefined || dynamodb === undefined,
    orElse:
      kafka === undefined
        ? 'name brokers with `--bootstrap` and stores with `--dynamodb`'
        : 'name the stores with `--dynamodb`: effects in doubt and the kill switch are there',
  });
  const ports = await openObserved({ folder, contract, environment, kafka, dynamodb, tables });
  try {
    const { clock, log, groups, effects, operations } = ports;
    return await work({ contract, environment, clock, log, groups, effects, operations });
  } finally {
    ports.close();
  }
};
