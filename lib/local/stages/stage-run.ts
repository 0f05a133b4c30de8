import { randomUUID } from 'node:crypto';
import type { BuiltStage } from '../../build/bundle-stage.ts';
import type { ResolvedContract, StageName } from '../../core/contract/resolved.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { LoggedRecord } from '../../core/ports/event-log.ts';
import type { GroupMembership } from '../../core/ports/group-membership.ts';
import { putIntoFolder } from '../event-source/bucket-folder.ts';
import { withChaos, type Chaos } from '../event-source/chaos.ts';
import { EventSource } from '../event-source/driver.ts';
import type { FunctionHost, InvocationResult } from '../event-source/function-host.ts';
import { mappingFor } from '../event-source/mapping-for.ts';
import type { MappingConfig } from '../event-source/mapping.ts';
import type { MappingRegistry } from '../event-source/registry.ts';
import type { FunctionLine } from '../function-environment.ts';
import type { Platform } from '../platform.ts';
import type { Inspection } from '../inspect/inspection.ts';
import type { ThrownInside } from '../thrown-inside.ts';
import { WorkerFunction, type Replaced } from '../worker-function.ts';
import { isMetric } from './emf-line.ts';
import { StageMetrics } from './stage-metrics.ts';
import { StagePositions } from './stage-positions.ts';

export interface StageRunOptions {
  readonly contract: ResolvedContract;
  readonly environment: string;
  readonly built: BuiltStage;
  /** Environment variables of the function, beside those that follow from its mapping. */
  readonly variables: Readonly<Record<string, string>>;
  readonly bucketFolder: string;
  readonly platform: Platform;
  readonly membership: GroupMembership;
  readonly registry: MappingRegistry;
  readonly clock: Clock;
  readonly chaos: Chaos | undefined;
  /** Of a run that is inspected. */
  readonly inspection?: Inspection | undefined;
  readonly onLine: (stage: StageName, said: FunctionLine) => void;
  /** Before the lines that tell of it. */
  readonly onThrown: (stage: StageName, thrown: ThrownInside) => void;
  /** After every invocation: its outputs may be in the log. */
  readonly onInvoked: (stage: StageName, result: InvocationResult) => void;
}

/** Invocations of a stage side by side: a retry that waits must not hold up the other partitions. */
const concurrency = 2;
const memoryMb = 512;
/** Ten seconds on Lambda; a laptop that is busy may take longer. */
const initTimeoutMs = 60_000;

/** One stage of the local run: its mapping, and its function in worker threads. */
export class StageRun {
  readonly name: StageName;
  readonly metrics: StageMetrics;
  readonly positions: StagePositions;
  readonly source: EventSource;
  /** Shared with its function: what a call of the model takes longer, ms. */
  readonly #modelDelay = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #options: StageRunOptions;
  readonly #host: WorkerFunction;

  constructor(options: StageRunOptions) {
    const { contract, environment, built, platform, membership, registry, clock, inspection } = options;
    const isInspected = inspection?.stage === built.name;
    const mapping = mappingFor(
      contract,
      built.name,
      { environment, bucketFolder: options.bucketFolder, options: { concurrency } },
      clock.now(),
    );
    this.#options = options;
    this.name = built.name;
    this.metrics = new StageMetrics(clock);
    this.positions = new StagePositions(platform.log, mapping.topic, mapping.group);
    this.#host = new WorkerFunction({
      bundle: built.file,
      functionName: mapping.functionName,
      functionArn: mapping.functionArn,
      env: { ...options.variables, FRESHET_RESPONSE: mapping.partialResponses ? 'partial' : 'throw' },
      memoryMb,
      initTimeoutMs,
      // A debugger has one port, and steps through one batch at a time.
      concurrency: isInspected ? 1 : concurrency,
      inspection,
      isInspected,
      modelDelay: this.#modelDelay,
      onLine: (line) => this.#listen(line),
      onThrown: (thrown) => options.onThrown(built.name, thrown),
    });
    this.source = new EventSource(mapping, {
      log: platform.log,
      groups: platform.groups,
      membership,
      host: this.#observed(mapping),
      clock,
      registry,
      newId: randomUUID,
      putObject: putIntoFolder,
      gaveUp: (records) => this.#giveUp(mapping.topic, records),
    });
  }

  async start(): Promise<void> {
    await this.positions.resume(this.#options.platform.groups);
    if (this.#options.inspection?.stage === this.name) this.#host.warm();
    await this.source.start();
  }

  /** Worker threads that live, and those that were killed or died since the start. */
  get workers(): WorkerFunction['count'] {
    return this.#host.count;
  }

  /** Kills one of its worker threads; see {@link WorkerFunction.killOne}. */
  killWorker(): Promise<'busy' | 'idle' | 'none'> {
    return this.#host.killOne();
  }

  get modelDelayMs(): number {
    return Atomics.load(this.#modelDelay, 0);
  }

  set modelDelayMs(ms: number) {
    Atomics.store(this.#modelDelay, 0, ms);
  }

  /** Runs another bundle from the next batch on. */
  async replace(bundle: string): Promise<Replaced> {
    return this.#host.replace(bundle);
  }

  /** Finishes what is in flight, and ends the worker threads. */
  async stop(): Promise<void> {
    try {
      await this.source.stop();
    } finally {
      await this.#host.stop();
    }
  }

  #listen(line: FunctionLine): void {
    const said = line.stream === 'stdout' ? this.metrics.take(line.line) : undefined;
    if (said === undefined || !isMetric(said)) this.#options.onLine(this.name, line);
  }

  #observed({ partialResponses }: MappingConfig): FunctionHost {
    const { chaos, onInvoked } = this.#options;
    const host =
      chaos === undefined
        ? this.#host
        : withChaos(this.#host, chaos, { partialResponses, newId: randomUUID });
    return {
      invoke: async (event, request) => {
        const result = await host.invoke(event, request);
        onInvoked(this.name, result);
        return result;
      },
    };
  }

  async #giveUp(topic: string, records: readonly LoggedRecord[]): Promise<void> {
    const { log, verdicts } = this.#options.platform;
    const [topicId = ''] = await log.topicIds([topic]);
    await verdicts.record(
      this.name,
      records.map(({ partition, offset }) => ({
        at: { topic, topicId, partition, offset },
        verdict: { kind: 'mapping-gave-up' },
      })),
    );
    this.metrics.gaveUp(records.length);
  }
}
