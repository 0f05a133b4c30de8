import { Worker } from 'node:worker_threads';
import type { KafkaEvent } from '../runtime/kafka-event.ts';
import type { InvocationRequest, InvocationResult } from './event-source/function-host.ts';
import type { EnvironmentAnswer, EnvironmentData, EnvironmentRequest } from './function-protocol.ts';
import { linesOf } from './lines.ts';
import { thrownError, type ThrownError } from './thrown-error.ts';

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
  /** Longest cold start. */
  readonly initTimeoutMs: number;
  /** Each line of output, without its end. */
  readonly onLine: (line: FunctionLine) => void;
}

/** How long a stopped environment may take to end by itself. */
const STOP_TIMEOUT_MS = 1_000;

let environments = 0;

/** One execution environment: a worker thread with the function loaded, for one invocation at a time. */
export class FunctionEnvironment {
  readonly #options: EnvironmentOptions;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  /** The cold start: `undefined` once it succeeded. */
  readonly #init: Promise<InvocationResult | undefined>;
  #onAnswer: (answer: EnvironmentAnswer) => void = () => {};
  #onDeath: (result: InvocationResult) => void = () => {};
  #cause: ThrownError | null = null;
  #exitCode = 0;
  #isAlive = true;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
    const { bundle, functionName, functionArn, env, memoryMb, onLine } = options;
    const logStream = `local/[$LATEST]${(++environments).toString(16).padStart(8, '0')}`;
    const workerData: EnvironmentData = { bundle, functionName, functionArn, memoryMb, logStream };
    this.#worker = new Worker(new URL('./function-runtime.ts', import.meta.url), {
      workerData,
      env: {
        ...env,
        AWS_LAMBDA_FUNCTION_NAME: functionName,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
        AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
        AWS_LAMBDA_LOG_STREAM_NAME: logStream,
      },
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
      execArgv: ['--enable-source-maps', '--disable-warning=ExperimentalWarning'],
      stdout: true,
      stderr: true,
    });
    linesOf(this.#worker.stdout, (line) => onLine({ stream: 'stdout', line }));
    linesOf(this.#worker.stderr, (line) => onLine({ stream: 'stderr', line }));
    this.#worker.on('message', (answer: EnvironmentAnswer) => this.#onAnswer(answer));
    this.#worker.on('error', (thrown: unknown) => {
      this.#cause = thrownError(thrown);
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#exited = promise;
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

  get #death(): InvocationResult {
    const { errorType, message } = this.#cause ?? {
      errorType: 'Runtime.ExitError',
      message: `the function's process ended with exit code ${this.#exitCode} before it answered`,
    };
    return { kind: 'error', phase: 'invoke', errorType, message };
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

  /** Lets it end, or ends it: what it has written is passed on before. */
  async stop(): Promise<void> {
    if (!this.#isAlive) return;
    this.#send({ kind: 'stop' });
    const timer = setTimeout(() => void this.#worker.terminate(), STOP_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  async #coldStart(): Promise<InvocationResult | undefined> {
    const { initTimeoutMs } = this.#options;
    const timeout: InvocationResult = {
      kind: 'error',
      phase: 'init',
      errorType: 'Sandbox.Timedout',
      message: `the cold start took longer than ${initTimeoutMs} ms`,
    };
    const result = await this.#ask(null, initTimeoutMs, timeout, (answer) => {
      if (answer.kind === 'ready') return { kind: 'returned', response: null };
      return answer.kind === 'init-failed' ? { kind: 'error', phase: 'init', ...answer.error } : undefined;
    });
    if (result.kind === 'returned') return undefined;
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
    const timer = setTimeout(() => {
      // Taken off first: its death is a consequence, not the cause.
      this.#onDeath = () => {};
      void this.#terminate().then(() => resolve(timeout));
    }, timeoutMs);
    this.#onDeath = resolve;
    if (!this.#isAlive) resolve(this.#death);
    this.#onAnswer = (answer) => {
      const result = read(answer);
      if (result !== undefined) resolve(result);
    };
    if (request !== null) this.#send(request);
    return promise.finally(() => clearTimeout(timer));
  }

  #send(request: EnvironmentRequest): void {
    this.#worker.postMessage(request);
  }

  async #terminate(): Promise<void> {
    this.#isAlive = false;
    await this.#worker.terminate();
    await this.#exited;
  }
}
