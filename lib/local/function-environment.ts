import { dirname } from 'node:path';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { systemClock } from '../adapters/system.ts';
import type { KafkaEvent } from '../runtime/kafka-event.ts';
import type { InvocationRequest, InvocationResult } from './event-source/function-host.ts';
import type { EnvironmentAnswer, EnvironmentData, EnvironmentRequest } from './function-protocol.ts';
import type { Inspection } from './inspect/inspection.ts';
import { linesOf } from './lines.ts';
import { thrownError, type ThrownError } from './thrown-error.ts';
import type { ThrownInside } from './thrown-inside.ts';

/** A line that a function wrote. */
export interface FunctionLine {
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

export interface EnvironmentOptions {
  /** Absolute path of the bundle, an .mjs that exports `handler`. */
  readonly bundle: string;
  readonly functionName: string;
  readonly functionArn: string;
  /** All the environment that the function sees, beside what Lambda itself sets. */
  readonly env: Readonly<Record<string, string>>;
  /** Limit of the heap, in MB. */
  readonly memoryMb: number;
  /** Added to each call of the function's model, ms, for as long as it is there; memory that is shared with the function. */
  readonly modelDelay?: Int32Array<SharedArrayBuffer>;
  /** Longest cold start. */
  readonly initTimeoutMs: number;
  /** Each line of output, without its end. */
  readonly onLine: (line: FunctionLine) => void;
  /** What its model threw, before the lines that were written after it. */
  readonly onThrown?: (thrown: ThrownInside) => void;
  /** Of a run that is inspected. */
  readonly inspection?: Inspection | undefined;
  /** Whether a debugger may enter this function. @default false */
  readonly isInspected?: boolean;
}

/** How long a stopped environment may take to end by itself. */
const STOP_TIMEOUT_MS = 1_000;

let environments = 0;

/** One execution environment: a worker thread with the function loaded, for one invocation at a time. */
export class FunctionEnvironment {
  readonly #options: EnvironmentOptions;
  readonly #worker: Worker;
  /** The worker itself forgets it when it ends. */
  readonly #threadId: number;
  /** Resolves when nothing of it runs any more. */
  readonly ended: Promise<void>;
  /** The cold start: `undefined` once it succeeded. */
  readonly #init: Promise<InvocationResult | undefined>;
  #onAnswer: (answer: EnvironmentAnswer) => void = () => {};
  #onDeath: (result: InvocationResult) => void = () => {};
  #cause: ThrownError | null = null;
  #exitCode = 0;
  #isAlive = true;
  #isReady = false;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
    const { bundle, functionName, functionArn, env, memoryMb, onLine } = options;
    const logStream = `local/[$LATEST]${(++environments).toString(16).padStart(8, '0')}`;
    const { inspection, isInspected = false } = options;
    const channel = options.onThrown === undefined ? undefined : new MessageChannel();
    const beat = isInspected ? new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT) : undefined;
    const workerData: EnvironmentData = {
      bundle,
      functionName,
      functionArn,
      memoryMb,
      logStream,
      modelDelay: options.modelDelay,
      clockMemory: inspection?.clock.memory,
      beat,
      thrown: channel?.port1,
    };
    this.#worker = new Worker(new URL('./function-thread.mjs', import.meta.url), {
      workerData,
      transferList: channel === undefined ? [] : [channel.port1],
      name: functionName,
      env: {
        ...env,
        AWS_LAMBDA_FUNCTION_NAME: functionName,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
        AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
        AWS_LAMBDA_LOG_STREAM_NAME: logStream,
      },
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
      execArgv: [
        '--enable-source-maps',
        '--disable-warning=ExperimentalWarning',
        // Where it listens is told by whoever runs it: Node itself would write into the middle of a screen.
        '--inspect-publish-uid=http',
      ],
      stdout: true,
      stderr: true,
    });
    this.#threadId = this.#worker.threadId;
    linesOf(this.#worker.stdout, (line) => {
      this.#hear(channel?.port2);
      onLine({ stream: 'stdout', line });
    });
    linesOf(this.#worker.stderr, (line) => onLine({ stream: 'stderr', line }));
    if (beat !== undefined) inspection?.watch(this.#threadId, new Int32Array(beat));
    this.#worker.on('message', (answer: EnvironmentAnswer) => {
      if (answer.kind === 'inspecting') this.#inspecting(answer);
      else if (answer.kind === 'inspected') inspection?.attached(this.#threadId);
      else this.#onAnswer(answer);
    });
    this.#worker.on('error', (thrown: unknown) => {
      this.#cause = thrownError(thrown, dirname(bundle));
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#worker.on('exit', (code) => {
      this.#isAlive = false;
      this.#exitCode = code;
      this.#onDeath(this.#death);
      resolve();
    });
    this.#init = this.#coldStart();
  }

  /** Whether it can serve another invocation. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Whether it has started, and lives. */
  get isReady(): boolean {
    return this.#isAlive && this.#isReady;
  }

  get #death(): InvocationResult {
    const cause: ThrownError = this.#cause ?? {
      errorType: 'Runtime.ExitError',
      message: `the function's process ended with exit code ${this.#exitCode} before it answered`,
      code: 'Runtime.ExitError',
      at: undefined,
    };
    return { kind: 'error', phase: 'invoke', ...cause };
  }

  /** What kept it from starting; `undefined` once it is ready. */
  get failedStart(): Promise<InvocationResult | undefined> {
    return this.#init;
  }

  /** Lets a debugger in, on the port of the inspection. */
  inspect(): void {
    const { inspection } = this.#options;
    if (inspection === undefined || !this.#isAlive) return;
    const { port, isAwaited } = inspection;
    this.#send({ kind: 'inspect', port, isAwaited });
  }

  /** Never rejects. One at a time. */
  async invoke(event: KafkaEvent, { requestId, timeoutMs }: InvocationRequest): Promise<InvocationResult> {
    const initFailure = await this.#init;
    if (initFailure !== undefined) return initFailure;
    const timeout: InvocationResult = { kind: 'timeout', afterMs: timeoutMs };
    return this.#ask({ kind: 'invoke', event, requestId, timeoutMs }, timeoutMs, timeout, (answer) => {
      if (answer.kind === 'returned' && answer.requestId === requestId)
        return { kind: 'returned', response: answer.response };
      return answer.kind === 'threw' && answer.requestId === requestId
        ? { kind: 'error', phase: 'invoke', ...answer.error }
        : undefined;
    });
  }

  /** Ends it in the midst of whatever it does, as the kernel ends a process that has too little memory. */
  async kill(): Promise<void> {
    await this.#terminate();
  }

  /** Lets it end, or ends it: what it has written is passed on before. */
  async stop(): Promise<void> {
    if (!this.#isAlive) return;
    await this.#release();
    this.#send({ kind: 'stop' });
    const timer = setTimeout(() => void this.#terminate(), STOP_TIMEOUT_MS);
    await this.ended;
    clearTimeout(timer);
  }

  async #coldStart(): Promise<InvocationResult | undefined> {
    const { initTimeoutMs } = this.#options;
    const timeout: InvocationResult = {
      kind: 'error',
      phase: 'init',
      errorType: 'Sandbox.Timedout',
      message: `the cold start took longer than ${initTimeoutMs} ms`,
      code: 'Sandbox.Timedout',
      at: undefined,
    };
    const result = await this.#ask(null, initTimeoutMs, timeout, (answer) => {
      if (answer.kind === 'ready') return { kind: 'returned', response: null };
      return answer.kind === 'init-failed' ? { kind: 'error', phase: 'init', ...answer.error } : undefined;
    });
    if (result.kind === 'returned') {
      this.#isReady = true;
      return undefined;
    }
    await this.#terminate();
    return result.kind === 'error' ? { ...result, phase: 'init' } : result;
  }

  /** Waits for an answer, the worker's death, or the end of the time: then the worker is terminated. */
  #ask(
    request: EnvironmentRequest | null,
    timeoutMs: number,
    timeout: InvocationResult,
    read: (answer: EnvironmentAnswer) => InvocationResult | undefined,
  ): Promise<InvocationResult> {
    const { promise, resolve } = Promise.withResolvers<InvocationResult>();
    const clock = this.#options.inspection?.clock ?? systemClock;
    const timer = clock.timer(timeoutMs);
    void timer.elapsed.then(() => {
      // Taken off first: its death is a consequence, not the cause.
      this.#onDeath = () => {};
      void this.#terminate().then(() => resolve(timeout));
    });
    this.#onDeath = resolve;
    if (!this.#isAlive) resolve(this.#death);
    this.#onAnswer = (answer) => {
      const result = read(answer);
      if (result !== undefined) resolve(result);
    };
    if (request !== null) this.#send(request);
    return promise.finally(() => timer.cancel());
  }

  #send(request: EnvironmentRequest): void {
    this.#worker.postMessage(request);
  }

  /** Output takes another way than messages do: what was thrown before a line has to be known before it. */
  #hear(port: MessagePort | undefined): void {
    if (port === undefined) return;
    for (let got = receiveMessageOnPort(port); got !== undefined; got = receiveMessageOnPort(port))
      this.#options.onThrown?.(got.message as ThrownInside);
  }

  /** A thread that has a debugger, or is being asked by one, does not end well. */
  async #release(): Promise<void> {
    if (this.#options.isInspected) await this.#options.inspection?.release(this.#threadId);
  }

  #inspecting({ url, isAwaited }: Extract<EnvironmentAnswer, { kind: 'inspecting' }>): void {
    const { inspection, onLine } = this.#options;
    if (inspection === undefined) return;
    if (url !== null) {
      inspection.opened(this.#threadId, url, isAwaited);
      return;
    }
    onLine({
      stream: 'stderr',
      line: `got port ${inspection.port} for the debugger, which is in use; expected a free one. Fix: stop what has it, or write --inspect ${inspection.stage}=<another port>.`,
    });
    inspection.awaitNobody();
  }

  async #terminate(): Promise<void> {
    this.#isAlive = false;
    await this.#release();
    await this.#worker.terminate();
    await this.ended;
  }
}
