import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PipelineFolder } from '../../build/discover.ts';
import { stageSource } from '../../core/contract/stage-sources.ts';
import type { LoggedRecord } from '../../core/ports/event-log.ts';
import { readLine, type Note } from '../../runtime/traced/note.ts';
import { kafkaEvent } from '../event-source/event.ts';
import type { InvocationResult } from '../event-source/function-host.ts';
import { FunctionEnvironment } from '../function-environment.ts';
import { serveLocalModel } from '../local-model.ts';
import { openOutside } from '../outside.ts';
import { functionVariables } from '../run-environment.ts';
import type { ThrownInside } from '../thrown-inside.ts';
import type { InvokedStage } from './invoked-records.ts';

export interface InvokeOptions extends InvokedStage {
  /** The project's root, absolute. */
  readonly root: string;
  readonly pipeline: PipelineFolder;
  /** The state folder. */
  readonly folder: string;
  /** Tells the function where log and stores are. */
  readonly platform: Readonly<Record<string, string>>;
  /** The log's brokers; `null` where it is embedded. */
  readonly brokers: readonly string[] | null;
  /** `process.env`: where the action's parameters are taken from. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Nothing is changed, and nothing is sent. */
  readonly isObserved: boolean;
}

/** What came of one invocation. */
export interface Invocation {
  readonly result: InvocationResult;
  /** In the order in which the stage asked for it. */
  readonly notes: readonly Note[];
  /** What the stage's own code printed. */
  readonly printed: readonly string[];
  /** By its model. */
  readonly thrown: readonly ThrownInside[];
  readonly coldStartMs: number;
  /** From the event to the answer, without the cold start. */
  readonly totalMs: number;
}

const memoryMb = 512;
const initTimeoutMs = 60_000;
/** Where nothing is sent it is never asked, and says so wherever it shows. */
const nowhere = 'http://not-sent.invalid';

/** What a stage needs of the outside, as variables. */
interface Needed {
  readonly variables: Readonly<Record<string, string>>;
  /** Of them, those that are the action's parameters. */
  readonly known: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const nothing: Needed = { variables: {}, known: {}, close: async () => {} };

/** A model is asked in any case; where nothing is sent, an action needs nobody to send to. */
const neededOf = async (
  { stage, isObserved, pipeline, folder, variables }: InvokeOptions,
  params: readonly string[],
): Promise<Needed> => {
  if (stage === 'inference') return { ...nothing, ...(await serveLocalModel(pipeline, variables)) };
  if (stage !== 'action') return nothing;
  return isObserved
    ? { ...nothing, known: Object.fromEntries(params.map((name) => [name, nowhere])) }
    : { ...nothing, ...(await openOutside({ pipeline, folder })) };
};

/**
 * Runs records through a stage's bundle, once, as one batch.
 *
 * @throws {ConfigError} where the stage cannot be built, or a parameter is missing
 */
export const invokeStage = async (
  options: InvokeOptions,
  records: readonly LoggedRecord[],
): Promise<Invocation> => {
  const { root, pipeline, contract, stage, environment, platform, brokers, variables, isObserved } = options;
  // Not in the state folder: whoever only looks leaves nothing there, not even for a moment.
  const bundles = await mkdtemp(join(tmpdir(), 'freshet-invoke-'));
  try {
    const [{ buildStage }, { actionParams }] = await Promise.all([
      import('../../build/build-stage.ts'),
      import('../../build/action-params.ts'),
    ]);
    const built = await buildStage({
      root,
      pipeline,
      contract,
      name: stage,
      folder: bundles,
      form: 'traced',
    });
    const params =
      stage === 'action'
        ? await actionParams({ root, actionFile: pipeline.stages.action, folder: bundles })
        : [];
    const needed = await neededOf(options, params);
    try {
      const notes: Note[] = [];
      const printed: string[] = [];
      const thrown: ThrownInside[] = [];
      const functionName = `${environment}-${contract.pipeline}-${stage}`;
      const began = performance.now();
      const running = new FunctionEnvironment({
        bundle: built.file,
        functionName,
        functionArn: `arn:aws:lambda:local:000000000000:function:${functionName}`,
        env: {
          ...functionVariables({ environment, platform, params, known: needed.known, variables }),
          ...needed.variables,
          FRESHET_RESPONSE: 'partial',
          FRESHET_INVOKE: isObserved ? 'observe' : 'act',
        },
        memoryMb,
        initTimeoutMs,
        onThrown: (one) => thrown.push(one),
        onLine: ({ line }) => {
          const read = readLine(line);
          if (read.printed !== undefined) printed.push(read.printed);
          if (read.note !== undefined) notes.push(read.note);
        },
      });
      try {
        const failure = await running.failedStart;
        const started = performance.now();
        const { timeoutMs } = stageSource(contract, stage).mapping;
        const source = { kind: 'self-managed', bootstrapServers: brokers ?? [] } as const;
        const result =
          failure ??
          (await running.invoke(kafkaEvent(source, records), { requestId: randomUUID(), timeoutMs }));
        return {
          result,
          notes,
          printed,
          thrown,
          coldStartMs: started - began,
          totalMs: performance.now() - started,
        };
      } finally {
        await running.stop();
      }
    } finally {
      await needed.close();
    }
  } finally {
    await rm(bundles, { recursive: true, force: true });
  }
};
