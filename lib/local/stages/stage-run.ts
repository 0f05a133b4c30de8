import { randomUUID } from 'node:crypto';
import type { Embedded } from '../../adapters/sqlite/embedded.ts';
import type { BuiltStage } from '../../build/bundle-stage.ts';
import type { ResolvedContract, StageName } from '../../core/contract/resolved.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { ConsumerGroups, LoggedRecord } from '../../core/ports/event-log.ts';
import { putIntoFolder } from '../event-source/bucket-folder.ts';
import { withChaos, type Chaos } from '../event-source/chaos.ts';
import { EventSource } from '../event-source/driver.ts';
import type { FunctionHost, InvocationResult } from '../event-source/function-host.ts';
import { mappingFor } from '../event-source/mapping-for.ts';
import type { MappingConfig } from '../event-source/mapping.ts';
import type { MappingRegistry } from '../event-source/registry.ts';
import type { FunctionLine } from '../function-environment.ts';
import { WorkerFunction } from '../worker-function.ts';
import { StageMetrics } from './stage-metrics.ts';
import { StagePositions } from './stage-positions.ts';

export interface StageRunOptions {
  readonly contract: ResolvedContract;
  readonly environment: string;
  readonly built: BuiltStage;
  /** Environment variables of the function, beside those that follow from its mapping. */
  readonly variables: Readonly<Record<string, string>>;
  readonly bucketFolder: string;
  readonly embedded: Embedded;
  /** Told of every commit too. */
  readonly groups: ConsumerGroups;
  readonly registry: MappingRegistry;
  readonly clock: Clock;
  readonly chaos: Chaos | undefined;
  readonly onLine: (stage: StageName, said: FunctionLine) => void;
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
  readonly metrics = new StageMetrics();
  readonly positions: StagePositions;
  readonly source: EventSource;
  readonly #options: StageRunOptions;
  readonly #host: WorkerFunction;

  constructor(options: StageRunOptions) {
    const { contract, environment, built, embedded, groups, registry, clock } = options;
    const mapping = mappingFor(
      contract,
      built.name,
      { environment, bucketFolder: options.bucketFolder, options: { concurrency } },
      clock.now(),
    );
    this.#options = options;
    this.name = built.name;
    this.positions = new StagePositions(embedded.log, mapping.topic, mapping.group);
    this.#host = new WorkerFunction({
      bundle: built.file,
      functionName: mapping.functionName,
      functionArn: mapping.functionArn,
      env: { ...options.variables, FRESHET_RESPONSE: mapping.partialResponses ? 'partial' : 'throw' },
      memoryMb,
      initTimeoutMs,
      concurrency,
      onLine: (line) => this.#listen(line),
    });
    this.source = new EventSource(mapping, {
      log: embedded.log,
      groups,
      host: this.#observed(mapping),
      clock,
      registry,
      newId: randomUUID,
      putObject: putIntoFolder,
      gaveUp: (records) => this.#giveUp(mapping.topic, records),
    });
  }

  async start(): Promise<void> {
    await this.positions.resume(this.#options.groups);
    await this.source.start();
  }

  /** Finishes what is in flight, and ends the worker threads. */
  async stop(): Promise<void> {
    await this.source.stop();
    await this.#host.stop();
  }

  #listen(line: FunctionLine): void {
    const said = line.stream === 'stdout' ? this.metrics.take(line.line) : undefined;
    if (said === undefined || said.kind === 'log' || said.kind === 'text')
      this.#options.onLine(this.name, line);
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
    const { log, verdicts } = this.#options.embedded;
    const [topicId = ''] = await log.topicIds([topic]);
    await verdicts.record(
      this.name,
      records.map(({ partition, offset }) => ({
        at: { topic, topicId, partition, offset },
        verdict: { kind: 'mapping-gave-up' },
      })),
    );
  }
}
