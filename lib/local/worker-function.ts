import type { FunctionHost, InvocationRequest, InvocationResult } from './event-source/function-host.ts';
import type { KafkaEvent } from '../runtime/kafka-event.ts';
import { FunctionEnvironment, type EnvironmentOptions } from './function-environment.ts';

export interface WorkerFunctionOptions extends EnvironmentOptions {
  /** Environments side by side; each runs one invocation at a time. */
  readonly concurrency: number;
}

/**
 * Runs a bundled handler in worker threads, as Lambda runs it in execution environments: they stay warm between
 * invocations, run one invocation at a time, and are replaced when they time out or die.
 */
export class WorkerFunction implements FunctionHost {
  readonly #options: WorkerFunctionOptions;
  #idle: readonly FunctionEnvironment[] = [];
  readonly #busy = new Set<FunctionEnvironment>();
  #isStopped = false;

  constructor(options: WorkerFunctionOptions) {
    this.#options = options;
  }

  async invoke(event: KafkaEvent, request: InvocationRequest): Promise<InvocationResult> {
    if (this.#isStopped || this.#busy.size >= this.#options.concurrency) return { kind: 'throttled' };
    // The one used last is the warmest; one may have died since.
    const warm = this.#idle.filter(({ isAlive }) => isAlive);
    const environment = warm.pop() ?? new FunctionEnvironment(this.#options);
    this.#idle = warm;
    this.#busy.add(environment);
    try {
      return await environment.invoke(event, request);
    } finally {
      this.#busy.delete(environment);
      if (environment.isAlive && !this.#isStopped) this.#idle = [...this.#idle, environment];
    }
  }

  /** Ends all environments, what runs in them included. What they have written is passed on before. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#idle, ...this.#busy].map((environment) => environment.stop()));
    this.#idle = [];
  }
}
