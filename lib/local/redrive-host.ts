import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../adapters/system.ts';
import { buildPipeline, type BuiltPipeline } from '../build/build-pipeline.ts';
import type { PipelineFolder } from '../build/discover.ts';
import type { ResolvedContract, ResolvedMapping, StageName } from '../core/contract/resolved.ts';
import { ConfigError } from '../core/errors.ts';
import type { RedriveEvent } from '../ops/letters/redrive-event.ts';
import type { StageInvoker } from '../ops/letters/redrive.ts';
import type { KafkaEvent } from '../runtime/kafka-event.ts';
import { startReceiver } from './receiver/receiver.ts';
import { loadRecording } from './recording/load-recording.ts';
import { lockFolder, type FolderLock } from './state/folder-lock.ts';
import { functionVariables } from './run-environment.ts';
import { WorkerFunction } from './worker-function.ts';

export interface RedriveHostOptions {
  readonly root: string;
  readonly pipeline: PipelineFolder;
  readonly environment: string;
  /** The state folder. */
  readonly folder: string;
  /** `process.env`: where the action's other parameters are taken from. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

export interface RedriveHost extends StageInvoker {
  close(): Promise<void>;
}

const memoryMb = 512;
const initTimeoutMs = 10_000;

/** The file in which a running local pipeline tells where its receiver listens. */
export const receiverAddressFile = (folder: string): string => join(folder, 'receiver.url');

/**
 * Runs a pipeline's stages for a redrive: bundled as they are now, in worker threads of this process, on the state folder.
 * The pipeline may be running beside it, and need not.
 *
 * Effects go to the receiver that the recording brings, as in the local run: the running one's, or one that is started for as
 * long as this takes.
 *
 * @throws {ConfigError} where the pipeline cannot be built, or a parameter is missing
 */
export const openRedriveHost = async (options: RedriveHostOptions): Promise<RedriveHost> => {
  const { root, pipeline, environment, folder, variables } = options;
  // A folder of its own: a running pipeline still loads chunks from its own.
  const outFolder = join(folder, 'redrive', randomUUID());
  const built = await buildPipeline({ root, pipelineFolder: pipeline.folder, outFolder });
  const functions = new Map<StageName, WorkerFunction>();
  let opening: Promise<Outside> | undefined;
  const functionOf = async (stage: StageName): Promise<WorkerFunction> => {
    const known = functions.get(stage);
    if (known) return known;
    if (stage === 'action') opening ??= openOutside(options);
    const variablesOfStage = functionVariables({
      environment,
      folder,
      params: stage === 'action' ? built.params : [],
      known: (await opening)?.known ?? {},
      variables,
    });
    const started = workerOf(built, stage, { ...variablesOfStage, FRESHET_RESPONSE: 'partial' }, environment);
    functions.set(stage, started);
    return started;
  };
  return {
    invoke: async (stage, event) => {
      const { timeoutMs } = mappingOf(built.contract, stage);
      return responseOf(await functionOf(stage), event, timeoutMs);
    },
    close: async () => {
      await Promise.all([...functions.values()].map((one) => one.stop()));
      await (await opening?.catch(() => undefined))?.close();
      rmSync(outFolder, { recursive: true, force: true });
    },
  };
};

const workerOf = (
  { contract, stages }: BuiltPipeline,
  stage: StageName,
  env: Readonly<Record<string, string>>,
  environment: string,
): WorkerFunction => {
  const built = stages.find(({ name }) => name === stage);
  if (built === undefined)
    throw new ConfigError('PIPELINE_INVALID', {
      message: `pipeline ${contract.pipeline} has no stage ${stage}, expected one of ${stages.map(({ name }) => name).join(', ')}`,
    });
  const functionName = `${environment}-${contract.pipeline}-${stage}`;
  return new WorkerFunction({
    bundle: built.file,
    functionName,
    functionArn: `arn:aws:lambda:local:000000000000:function:${functionName}`,
    env,
    memoryMb,
    initTimeoutMs,
    concurrency: 1,
    // Metrics of a redrive are nobody's: it never counts for freshness.
    onLine: () => {},
  });
};

const responseOf = async (host: WorkerFunction, event: RedriveEvent, timeoutMs: number): Promise<unknown> => {
  // The function takes both events; the host's type names the mapping's alone.
  const result = await host.invoke(event as unknown as KafkaEvent, { requestId: randomUUID(), timeoutMs });
  switch (result.kind) {
    case 'returned':
      return result.response;
    case 'error':
      throw new Error(`${result.errorType}: ${result.message}`);
    case 'timeout':
      throw new Error(`the function did not answer within ${result.afterMs} ms`);
    case 'throttled':
      throw new Error('the function is busy');
  }
};

const mappingOf = (contract: ResolvedContract, stage: StageName): ResolvedMapping => {
  if (stage === 'features' || stage === 'inference' || stage === 'action') return contract[stage].mapping;
  return (contract.context[stage.slice('context-'.length)] ?? contract.features).mapping;
};

/** What the action needs of the outside. */
interface Outside {
  readonly known: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const nothing: Outside = { known: {}, close: async () => {} };

/** The receiver that a recording brings: the running pipeline's, or one of our own. */
const openOutside = async ({ pipeline, folder }: RedriveHostOptions): Promise<Outside> => {
  if (pipeline.recording === undefined) return nothing;
  const { receiver: route } = await loadRecording(pipeline);
  const lock = tryLock(folder);
  if (lock === undefined) {
    const url = await readFile(receiverAddressFile(folder), 'utf8').catch(() => undefined);
    return url === undefined ? nothing : { ...nothing, known: { [route.param]: url.trim() } };
  }
  try {
    const receiver = await startReceiver({
      route,
      port: 0,
      journal: join(folder, 'receiver.ndjson'),
      clock: systemClock,
      onEffect: () => {},
    });
    return {
      known: { [route.param]: receiver.url },
      close: async () => {
        await receiver.close();
        lock.release();
      },
    };
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
};

/** `undefined`: a local run has the folder, and a receiver with it. */
const tryLock = (folder: string): FolderLock | undefined => {
  try {
    return lockFolder(folder);
  } catch {
    return undefined;
  }
};
