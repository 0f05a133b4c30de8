import { onTestFinished } from 'vitest';
import { openEmbedded, type Embedded } from '../../lib/adapters/sqlite/embedded.ts';
import { jsonValues } from '../../lib/adapters/wire/json-values.ts';
import { settleOnce } from '../../lib/core/batch/settle-once.ts';
import { deadLettersIn, topicIn, type StageName } from '../../lib/core/contract/resolved.ts';
import { stageSource } from '../../lib/core/contract/stage-sources.ts';
import { processBatch, type StageWithPorts } from '../../lib/core/process.ts';
import type { Clock } from '../../lib/core/ports/clock.ts';
import type { LoggedRecord } from '../../lib/core/ports/event-log.ts';
import type { CommonPorts, Invocation } from '../../lib/core/ports/stage-ports.ts';
import { bytesOf, textOf, type OutputRecord } from '../../lib/core/record.ts';
import type { ActionStage, SendAnswer, Transport } from '../../lib/core/stages/action.ts';
import { contextStage } from '../../lib/core/stages/context.ts';
import type { FeaturesStage } from '../../lib/core/stages/features.ts';
import type { InferenceStage } from '../../lib/core/stages/inference.ts';
import { epochMsOf, toIso } from '../../lib/core/units.ts';
import { verdictLabel } from '../../lib/core/verdict.ts';
import { openEmbeddedDeployment } from '../../lib/ops/embedded-deployment.ts';
import type { StageInvoker } from '../../lib/ops/letters/redrive.ts';
import { redriveOf } from '../../lib/runtime/redrive-event.ts';
import { validatorsOf } from '../../lib/runtime/validators.ts';
import { temporaryFolder } from './folder.ts';

const environment = 'dev';

export interface BenchStages {
  readonly features: FeaturesStage;
  readonly inference: InferenceStage;
  readonly action: ActionStage;
}

/** A request as the fake downstream got it. */
export interface Sent {
  readonly key: string;
  readonly request: unknown;
}

/**
 * A pipeline on a state folder, with a fake downstream and a clock that only timers move: what an operator's commands meet.
 * Stages run un-bundled, on the real core and the embedded adapters.
 */
export class OpsBench {
  readonly folder: string;
  readonly clock: Clock;
  readonly embedded: Embedded;
  readonly deployment: ReturnType<typeof openEmbeddedDeployment>;
  readonly sent: Sent[] = [];
  /** Answers of the downstream, one for each send; `done` after the last. */
  readonly answers: SendAnswer[] = [];
  readonly invoker: StageInvoker;
  /** How often the redrives invoked a stage. */
  invocations = 0;
  stages: BenchStages;
  #now = Date.parse('2026-01-05T08:00:00Z');
  #tokens = 0;
  readonly #positions = new Map<string, number>();

  constructor(stages: BenchStages) {
    this.stages = stages;
    this.folder = temporaryFolder();
    const { contract } = stages.features;
    this.clock = {
      now: () => epochMsOf(this.#now),
      timer: (ms) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setImmediate(() => {
          this.#now += ms;
          resolve();
        });
        return { elapsed: promise, cancel: () => clearImmediate(timer) };
      },
    };
    this.embedded = openEmbedded({ folder: this.folder, pipeline: contract.pipeline, clock: this.clock });
    this.deployment = openEmbeddedDeployment({
      contract,
      environment,
      folder: this.folder,
      clock: this.clock,
    });
    this.invoker = {
      invoke: async (stage, event) => {
        this.invocations += 1;
        const { record, redrive } = redriveOf(event);
        const result = await processBatch(this.#bound(stage), {
          records: [record],
          invocation: this.#invocation(),
          redrive,
        });
        const [first] = result.verdicts;
        return { verdict: first === undefined ? 'retry' : verdictLabel(first.verdict) };
      },
    };
  }

  async open(): Promise<this> {
    const { contract } = this.stages.features;
    const topics = [
      ...Object.values(contract.context).map(({ source }) => source),
      contract.source,
      contract.vectors,
      contract.decisions,
      contract.outcomes,
    ];
    await this.embedded.log.createTopics(
      topics.flatMap((topic) => {
        const { partitions, retentionMs, maxRecordBytes } = topic;
        return [
          { name: topicIn(environment, topic), partitions, retentionMs, maxRecordBytes },
          {
            name: deadLettersIn(environment, topic),
            partitions,
            retentionMs,
            maxRecordBytes: maxRecordBytes + 65_536,
          },
        ];
      }),
    );
    return this;
  }

  close(): void {
    this.deployment.close();
    this.embedded.close();
  }

  elapse(ms: number): void {
    this.#now += ms;
  }

  /** Publishes an event on the source, or on a context's topic. */
  async publish(
    type: string,
    id: string,
    data: Readonly<Record<string, unknown>>,
    to = 'source',
  ): Promise<void> {
    const { contract } = this.stages.features;
    const source = to === 'source' ? contract.source : contract.context[to]?.source;
    if (source === undefined) throw new Error(`no context ${to}`);
    const headers = {
      ce_specversion: '1.0',
      ce_id: id,
      ce_source: '/bench',
      ce_type: type,
      ce_time: toIso(this.clock.now()),
    };
    await this.append({
      topic: topicIn(environment, source),
      key: bytesOf(String(data[source.key])),
      value: bytesOf(JSON.stringify(data)),
      headers: Object.entries(headers).map(([name, value]) => ({ name, value: bytesOf(value) })),
    });
  }

  async append(record: OutputRecord): Promise<void> {
    const [result] = await this.embedded.log.produce([record]);
    if (result?.kind !== 'acked') throw new Error(`not appended: ${JSON.stringify(result)}`);
  }

  /** Delivers what is new to a stage in one batch; `again` from the beginning. Returns the verdicts. */
  async deliver(stage: StageName, { again = false } = {}): Promise<readonly string[]> {
    const records: LoggedRecord[] = [];
    const topic = topicIn(environment, stageSource(this.stages.features.contract, stage).topic);
    for (const { partition, end } of await this.embedded.log.offsets(topic)) {
      const place = `${stage}/${partition}`;
      const from = again ? 0 : (this.#positions.get(place) ?? 0);
      records.push(
        ...(await this.embedded.log.read({ topic, partition, from, maxRecords: 10_000, maxBytes: 1e9 })),
      );
      this.#positions.set(place, end);
    }
    if (records.length === 0) return [];
    const { verdicts } = await processBatch(this.#bound(stage), {
      records: records.map((record) => ({
        ...record,
        timestampType: 'LOG_APPEND_TIME',
        listedUnder: `${record.topic}-${record.partition}`,
      })),
      invocation: this.#invocation(),
    });
    return verdicts.map(({ verdict }) => verdictLabel(verdict));
  }

  /** The whole chain, once. */
  async run(): Promise<readonly string[]> {
    const stages: readonly StageName[] = ['features', 'inference', 'action'];
    const verdicts: string[] = [];
    for (const stage of stages) verdicts.push(...(await this.deliver(stage)));
    return verdicts;
  }

  /** Everything in a topic, partition by partition. */
  async recordsIn(topic: string): Promise<readonly LoggedRecord[]> {
    const records: LoggedRecord[] = [];
    for (const { partition, end } of await this.embedded.log.offsets(topic))
      records.push(
        ...(await this.embedded.log.read({ topic, partition, from: 0, maxRecords: end, maxBytes: 1e9 })),
      );
    return records;
  }

  /** Everything in a topic, as JSON. */
  async read(topic: 'vectors' | 'decisions' | 'outcomes'): Promise<readonly unknown[]> {
    const name = topicIn(environment, this.stages.features.contract[topic]);
    const records = await this.recordsIn(name);
    return records.map(({ value }) => JSON.parse(textOf(value ?? new Uint8Array())) as unknown);
  }

  #invocation(): Invocation {
    const receivedAt = this.clock.now();
    return {
      id: 'bench',
      receivedAt,
      deadline: epochMsOf(receivedAt + 30_000),
      response: 'partial',
      environment,
    };
  }

  #bound(stage: StageName): StageWithPorts {
    const { embedded, clock, stages } = this;
    const common: CommonPorts = {
      clock,
      random: { token: () => `token-${(this.#tokens += 1)}` },
      producer: embedded.log,
      topics: embedded.log,
      operations: embedded.operations,
      verdicts: embedded.verdicts,
      telemetry: { batch: () => {}, log: () => {} },
      validators: validatorsOf(stages.features.contract),
    };
    const transport: Transport = {
      send: async (request, { key }) => {
        this.sent.push({ key, request });
        return this.answers.shift() ?? { kind: 'done', evidence: '200' };
      },
    };
    switch (stage) {
      case 'features':
        return {
          stage: stages.features,
          ports: { ...common, values: jsonValues, rows: embedded.rows, context: embedded.context },
        };
      case 'inference':
        return {
          stage: stages.inference,
          ports: { ...common, claims: embedded.claims, settleOnce: settleOnce(embedded.claims) },
        };
      case 'action':
        return { stage: stages.action, ports: { ...common, effects: embedded.effects, transport } };
      default:
        return {
          stage: contextStage(stages.features.contract, stage.slice('context-'.length)),
          ports: { ...common, values: jsonValues, context: embedded.context },
        };
    }
  }
}

/** A bench of this test's own; it is closed when the test is over. */
export const openOpsBench = async (stages: BenchStages): Promise<OpsBench> => {
  const bench = new OpsBench(stages);
  onTestFinished(() => bench.close());
  return bench.open();
};
