import type { FunctionHost, InvocationRequest, InvocationResult } from './event-source/function-host.ts';
import type { KafkaEvent } from '../runtime/kafka-event.ts';
import { FunctionEnvironment, type EnvironmentOptions } from './function-environment.ts';

export interface WorkerFunctionOptions extends EnvironmentOptions {
  /** Environments side by side; each runs one invocation at a time. */
  readonly concurrency: number;
}

/** What came of another bundle in the place of the one that runs. */
export type Replaced =
  /** It runs from the next invocation on. @param ended - resolves once nothing of the former code runs any more */
  | { readonly kind: 'replaced'; readonly ended: Promise<void> }
  /** It does not start: the former code goes on. */
  | { readonly kind: 'failed'; readonly why: string };

const whyOf = (failure: InvocationResult): string => {
  if (failure.kind !== 'error') return failure.kind;
  return failure.at === undefined ? failure.message : `${failure.at}: ${failure.message}`;
};

/**
 * Runs a bundled handler in worker threads, as Lambda runs it in execution environments: they stay warm between
 * invocations, run one invocation at a time, and are replaced when they time out or die.
 */
export class WorkerFunction implements FunctionHost {
  #options: WorkerFunctionOptions;
  /** Of the bundle that runs; those of one that was replaced end with what they are at. */
  #retired = new Set<FunctionEnvironment>();
  #idle: readonly FunctionEnvironment[] = [];
  readonly #busy = new Set<FunctionEnvironment>();
  #isStopped = false;
  #ended = 0;

  constructor(options: WorkerFunctionOptions) {
    this.#options = options;
  }

  /** Environments that live, and those that were killed or died since the start. */
  get count(): { readonly alive: number; readonly ended: number } {
    const idle = this.#idle.filter(({ isAlive }) => isAlive);
    const died = this.#idle.length - idle.length;
    return { alive: idle.length + this.#busy.size, ended: this.#ended + died };
  }

  async invoke(event: KafkaEvent, request: InvocationRequest): Promise<InvocationResult> {
    if (this.#isStopped || this.#busy.size >= this.#options.concurrency) return { kind: 'throttled' };
    // The one used last is the warmest; one may have died since.
    const warm = this.#idle.filter(({ isAlive }) => isAlive);
    const environment = warm.pop() ?? this.#begin();
    this.#ended += this.#idle.length - this.#idle.filter(({ isAlive }) => isAlive).length;
    this.#idle = warm;
    this.#busy.add(environment);
    try {
      return await environment.invoke(event, request);
    } finally {
      this.#busy.delete(environment);
      if (!environment.isAlive) this.#ended += 1;
      if (this.#retired.delete(environment)) void environment.stop();
      else if (environment.isAlive && !this.#isStopped) this.#idle = [...this.#idle, environment];
    }
  }

  /**
   * Kills one environment that has started: one that is in the midst of a batch, where there is one.
   *
   * @returns what it was doing; `none`: no environment has started
   */
  async killOne(): Promise<'busy' | 'idle' | 'none'> {
    const busy = [...this.#busy].find(({ isReady }) => isReady);
    const victim = busy ?? this.#idle.find(({ isReady }) => isReady);
    if (victim === undefined) return 'none';
    await victim.kill();
    // What is awaited by the run is nothing that an invocation would begin anew.
    if (victim !== busy && this.#options.isInspected && this.#options.inspection?.isAwaited) this.warm();
    return victim === busy ? 'busy' : 'idle';
  }

  /** Starts an environment before there is anything to invoke it with: a debugger can be attached then. */
  warm(): void {
    const environment = this.#begin();
    this.#idle = [...this.#idle, environment];
    // Why it does not start is what the first invocation is told: it must come.
    void environment.failedStart.then((failure) => {
      if (failure !== undefined) this.#options.inspection?.awaitNobody();
    });
  }

  /**
   * Puts another bundle in the place of the one that runs. It is started first: one that does not start replaces nothing. What is
   * under way ends on the code that it began with.
   */
  async replace(bundle: string): Promise<Replaced> {
    const options = { ...this.#options, bundle };
    const fresh = new FunctionEnvironment(options);
    const failure = await fresh.failedStart;
    if (failure !== undefined) return { kind: 'failed', why: whyOf(failure) };
    const former = [...this.#idle, ...this.#busy];
    for (const environment of this.#busy) this.#retired.add(environment);
    const idle = this.#idle;
    this.#options = options;
    this.#idle = this.#isStopped ? [] : [fresh];
    if (this.#isStopped) await fresh.stop();
    for (const environment of idle) void environment.stop();
    const ended = Promise.all(former.map((environment) => environment.ended)).then(() => undefined);
    // They share a port.
    if (options.isInspected) void ended.then(() => fresh.inspect());
    return { kind: 'replaced', ended };
  }

  /** Ends all environments, what runs in them included. What they have written is passed on before. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#idle, ...this.#busy].map((environment) => environment.stop()));
    this.#idle = [];
  }

  #begin(): FunctionEnvironment {
    const environment = new FunctionEnvironment(this.#options);
    if (this.#options.isInspected) environment.inspect();
    return environment;
  }
}
