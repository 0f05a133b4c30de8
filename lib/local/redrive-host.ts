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
import type { KafkaEvent } from './event-source/event.ts';
import { startReceiver, type Receiver } from './receiver/receiver.ts';
import { loadRecording } from './recording/load-recording.ts';
import { lockFolder, type FolderLock } from './state/folder-lock.ts';
import { WorkerFunction } from './worker-function.ts';

export interface RedriveHostOptions {
  readonly root: string;
  readonly pipeline: PipelineFolder;
  readonly environment: string;
  /** The state folder. */
  readonly folder: string;
  /** `process.env`: what the action's parameters are taken from first. */
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
 * An effect goes to where the action's parameters say; the one that a recording's receiver stands for needs not be given: it
 * is the running pipeline's, or one that is started for as long as this takes.
 *
 * @throws {ConfigError} where the pipeline cannot be built, or a parameter is missing
 */
export const openRedriveHost = async (options: RedriveHostOptions): Promise<RedriveHost> => {
  const { root, pipeline, environment, folder } = options;
  // A folder of its own: a running pipeline still loads chunks from its own.
  const outFolder = join(folder, 'redrive', randomUUID());
  const built = await buildPipeline({ root, pipelineFolder: pipeline.folder, outFolder });
  const functions = new Map<StageName, WorkerFunction>();
  let opening: Promise<Outside> | undefined;
  const functionOf = async (stage: StageName): Promise<WorkerFunction> => {
    const known = functions.get(stage);
    if (known) return known;
    if (stage === 'action') opening ??= openOutside(options, built.params);
    const params = stage === 'action' ? ((await opening)?.params ?? {}) : {};
    const started = workerOf(
      built,
      stage,
      {
        ...params,
        FRESHET_ENVIRONMENT: environment,
        FRESHET_RESPONSE: 'partial',
        FRESHET_LOG: `sqlite:${folder}`,
        FRESHET_STORE: `sqlite:${folder}`,
      },
      environment,
    );
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

/** Where effects go. */
interface Outside {
  readonly params: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const openOutside = async (options: RedriveHostOptions, names: readonly string[]): Promise<Outside> => {
  const given = names.flatMap((name) => {
    const value = options.variables[name];
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  const missing = names.filter((name) => !given.some(([known]) => known === name));
  const outside = missing.length === 0 ? undefined : await receiverFor(options, missing);
  return {
    params: { ...outside?.params, ...Object.fromEntries(given) },
    close: async () => outside?.close(),
  };
};

const receiverFor = async (
  { pipeline, folder }: RedriveHostOptions,
  missing: readonly string[],
): Promise<Outside> => {
  const [name, ...others] = missing;
  const { receiver: route } =
    pipeline.recording === undefined ? { receiver: undefined } : await loadRecording(pipeline);
  if (name === undefined || route?.param !== name || others.length > 0) throw missingParams(missing);
  const lock = tryLock(folder);
  if (lock === undefined) {
    const url = await readFile(receiverAddressFile(folder), 'utf8').catch(() => undefined);
    if (url === undefined) throw missingParams(missing);
    return { params: { [name]: url.trim() }, close: async () => {} };
  }
  let receiver: Receiver;
  try {
    receiver = await startReceiver({
      route,
      port: 0,
      journal: join(folder, 'receiver.ndjson'),
      clock: systemClock,
      onEffect: () => {},
    });
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
  return {
    params: { [name]: receiver.url },
    close: async () => {
      await receiver.close();
      lock.release();
    },
  };
};

/** `undefined`: a local run has the folder, and a receiver with it. */
const tryLock = (folder: string): FolderLock | undefined => {
  try {
    return lockFolder(folder);
  } catch {
    return undefined;
  }
};

const missingParams = (names: readonly string[]): ConfigError =>
  new ConfigError('ENVIRONMENT_INVALID', {
    message: 'the action has parameters without a value:',
    problems: names.map((name) => ({
      path: name,
      got: 'nothing',
      expected: 'a value, as the deployment gives it',
      fix: `set the environment variable ${name}`,
    })),
  });
