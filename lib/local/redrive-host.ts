import { randomUUID } from 'node:crypto';
import { rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BuiltPipeline } from '../build/build-pipeline.ts';
import type { PipelineFolder } from '../build/discover.ts';
import type { StageName } from '../core/contract/resolved.ts';
import { stageSource } from '../core/contract/stage-sources.ts';
import { ConfigError } from '../core/errors.ts';
import type { RedriveEvent } from '../ops/letters/redrive-event.ts';
import type { StageInvoker } from '../ops/letters/redrive.ts';
import type { KafkaEvent } from '../runtime/kafka-event.ts';
import { serveLocalModel, type ServedModel } from './local-model.ts';
import { openOutside, type Outside } from './outside.ts';
import { redrivesIn } from './state/state-folder.ts';
import { requireWritableFolder, requireWritableState } from './state/writable.ts';
import { functionVariables } from './run-environment.ts';
import { WorkerFunction } from './worker-function.ts';

export interface RedriveHostOptions {
  readonly root: string;
  readonly pipeline: PipelineFolder;
  readonly environment: string;
  /** The state folder. */
  readonly folder: string;
  /** Tells the functions where log and stores are. */
  readonly platform: Readonly<Record<string, string>>;
  /** `process.env`: where the action's other parameters are taken from. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

export interface RedriveHost extends StageInvoker {
  close(): Promise<void>;
}

const memoryMb = 512;
const initTimeoutMs = 10_000;

/**
 * Runs a pipeline's stages for a redrive: bundled as they are now, in worker threads of this process, on the state folder.
 * The pipeline may be running beside it, and need not.
 *
 * Effects go to the receiver that the recording brings, as in the local run: the running one's, or one that is started for as
 * long as this takes.
 *
 * @throws {ConfigError} where the state folder cannot be written, the pipeline cannot be built, or a parameter is missing
 */
export const openRedriveHost = async (options: RedriveHostOptions): Promise<RedriveHost> => {
  const { root, pipeline, environment, folder, platform, variables } = options;
  requireWritableFolder(folder);
  requireWritableState(folder, { reset: false });
  // A folder of its own: a running pipeline still loads chunks from its own.
  const outFolder = join(redrivesIn(folder), randomUUID());
  const { buildPipeline } = await import('../build/build-pipeline.ts');
  const built = await buildPipeline({ root, pipelineFolder: pipeline.folder, outFolder }).catch(
    (thrown: unknown) => {
      removeBundles(outFolder);
      throw thrown;
    },
  );
  const functions = new Map<StageName, WorkerFunction>();
  let opening: Promise<Outside> | undefined;
  let model: Promise<ServedModel> | undefined;
  const functionOf = async (stage: StageName): Promise<WorkerFunction> => {
    const known = functions.get(stage);
    if (known) return known;
    if (stage === 'action') opening ??= openOutside(options);
    if (stage === 'inference') model ??= serveLocalModel(pipeline, variables);
    const variablesOfStage = functionVariables({
      environment,
      platform,
      params: stage === 'action' ? built.params : [],
      known: (await opening)?.known ?? {},
      variables,
    });
    const started = workerOf(
      built,
      stage,
      { ...variablesOfStage, ...(await model)?.variables, FRESHET_RESPONSE: 'partial' },
      environment,
    );
    functions.set(stage, started);
    return started;
  };
  return {
    invoke: async (stage, event) => {
      const { timeoutMs } = stageSource(built.contract, stage).mapping;
      return responseOf(await functionOf(stage), event, timeoutMs);
    },
    close: async () => {
      await Promise.all([...functions.values()].map((one) => one.stop()));
      await (await opening?.catch(() => undefined))?.close();
      await (await model?.catch(() => undefined))?.close();
      removeBundles(outFolder);
    },
  };
};

const removeBundles = (outFolder: string): void => {
  rmSync(outFolder, { recursive: true, force: true });
  try {
    rmdirSync(dirname(outFolder));
  } catch {
    // Another redrive has its own there, or has just gone.
  }
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
