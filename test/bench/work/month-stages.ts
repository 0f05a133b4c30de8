/** All stages of the month's pipeline over a real broker and DynamoDB, one batch after the other, each phase metered. */
import assert from 'node:assert/strict';
import { coalescingLedger } from '../../../lib/adapters/coalescing-ledger.ts';
import { openDynamoDb } from '../../../lib/adapters/dynamodb/dynamodb.ts';
import type { Kafka } from '../../../lib/adapters/kafka/kafka.ts';
import { powertoolsOnce } from '../../../lib/adapters/powertools-idempotency.ts';
import { compiledValidators } from '../../../lib/adapters/schemas/compiled-validators.ts';
import { systemClock, systemRandom } from '../../../lib/adapters/system.ts';
import { jsonValues } from '../../../lib/adapters/wire/json-values.ts';
import { topicIn, type ResolvedTopic, type StageName } from '../../../lib/core/contract/resolved.ts';
import { tableNames } from '../../../lib/core/contract/tables.ts';
import type { Clock } from '../../../lib/core/ports/clock.ts';
import type { CommonPorts } from '../../../lib/core/ports/stage-ports.ts';
import { processBatch, type StageWithPorts } from '../../../lib/core/process.ts';
import { contextStage } from '../../../lib/core/stages/context.ts';
import type { ActionStage } from '../../../lib/core/stages/action.ts';
import type { FeaturesStage } from '../../../lib/core/stages/features.ts';
import type { InferenceStage } from '../../../lib/core/stages/inference.ts';
import { epochMsOf, type EpochMs } from '../../../lib/core/units.ts';
import { kafkaEvent } from '../../../lib/local/event-source/event.ts';
import { recordsOf } from '../../../lib/runtime/kafka-event.ts';
import { stdoutTelemetry } from '../../../lib/runtime/telemetry.ts';
import { fakeTransport } from '../../../lib/testing/fake-transport.ts';
import { localCredentials, localRegion } from '../../services/dynamodb-local.ts';
import { meteredPorts, type PhaseMeter } from './phases.ts';

export interface PipelineStages {
  readonly features: FeaturesStage;
  readonly inference: InferenceStage;
  readonly action: ActionStage;
}

export interface StageBooks {
  readonly records: number;
  readonly wallMs: number;
  /** Verdicts by kind. */
  readonly verdicts: Readonly<Record<string, number>>;
}

const invocationMs = 60_000;
const cluster = { kind: 'self-managed', bootstrapServers: ['127.0.0.1:9'] } as const;
const maxBytes = 6_000_000;

interface MonthOptions {
  readonly stages: PipelineStages;
  readonly kafka: Kafka;
  readonly endpoint: string;
  readonly environment: string;
  readonly meter: PhaseMeter;
  /** Stands near the publication, so that nothing is late: lateness would spare the action its work. */
  readonly now: () => EpochMs;
}

/** Runs one stage over its whole topic. @throws {AssertionError} where a record is left unfinished */
export const drainStage = async (name: StageName, options: MonthOptions): Promise<StageBooks> => {
  const { stages, kafka, meter, environment, now } = options;
  const { contract } = stages.features;
  const topicOf: Readonly<Record<string, ResolvedTopic>> = {
    features: contract.source,
    inference: contract.vectors,
    action: contract.decisions,
  };
  const context = contract.context[name.replace('context-', '')];
  const source = topicOf[name] ?? context?.source ?? contract.source;
  const batchSize = (
    name === 'features' || name === 'inference' || name === 'action'
      ? contract[name].mapping
      : (context ?? contract.features).mapping
  ).batchSize;
  const topic = topicIn(environment, source);
  const { bound, verdicts, close } = openStage(name, options);
  const startedAt = performance.now();
  let records = 0;
  const next = new Map(
    (await kafka.log.offsets(topic)).map(({ partition, end }) => [partition, { at: 0, end }]),
  );
  while (next.size > 0)
    for (const [partition, { at, end }] of next) {
      if (at >= end) {
        next.delete(partition);
        continue;
      }
      meter.enter('mapping');
      const page = await kafka.log.read({ topic, partition, from: at, maxRecords: batchSize, maxBytes });
      const event = kafkaEvent(cluster, page);
      meter.enter(`${name}.decode, fold, decide, encode`);
      const receivedAt = now();
      const invocation = {
        id: `${name}-${partition}-${at}`,
        receivedAt,
        deadline: epochMsOf(receivedAt + invocationMs),
        response: 'partial',
        environment,
      } as const;
      const { unfinished } = await processBatch(bound, { records: recordsOf(event), invocation });
      meter.enter('mapping');
      assert.deepEqual(unfinished, []);
      records += page.length;
      next.set(partition, { at: (page.at(-1)?.offset ?? at) + 1, end });
    }
  const wallMs = performance.now() - startedAt;
  meter.enter('outside');
  close();
  return { records, wallMs, verdicts };
};

const openStage = (name: StageName, { stages, kafka, endpoint, meter, environment, now }: MonthOptions) => {
  const { contract } = stages.features;
  const stores = openDynamoDb({
    endpoint,
    region: localRegion,
    credentials: localCredentials,
    clock: systemClock,
    deadline: () => epochMsOf(Date.now() + invocationMs),
    tables: Object.fromEntries(tableNames.map((table) => [table, `${environment}-${table}`])),
    historyMs: Object.fromEntries(
      Object.entries(contract.context).map(([key, { historyMs }]) => [key, historyMs]),
    ),
  });
  const clock: Clock = { ...systemClock, now };
  const metered = meteredPorts(meter, name);
  const verdicts: Record<string, number> = {};
  const common: CommonPorts = {
    clock,
    random: systemRandom,
    ...metered.log({ producer: kafka.log, topics: kafka.log }),
    operations: { ...metered.operations(stores.operations) } as CommonPorts['operations'],
    verdicts: {
      record: async (_, entries) => {
        for (const { verdict } of entries) verdicts[verdict.kind] = (verdicts[verdict.kind] ?? 0) + 1;
      },
    },
    telemetry: stdoutTelemetry(contract.pipeline, name, () => {}),
    validators: compiledValidators(contract),
  };
  const bound = (): StageWithPorts => {
    switch (name) {
      case 'features': {
        const ports = { ...common, values: jsonValues, rows: metered.rows(stores.rows) };
        return { stage: stages.features, ports: { ...ports, context: metered.context(stores.context) } };
      }
      case 'inference': {
        const claims = coalescingLedger(metered.ledger(stores.claims), { clock, forMs: 10 });
        return { stage: stages.inference, ports: { ...common, claims, settleOnce: powertoolsOnce(claims) } };
      }
      case 'action': {
        const { action } = stages;
        // The limit is per minute of the store's clock: it would make a benchmark wait.
        const unlimited = { ...contract, action: { ...contract.action, limitPerMinute: 1_000_000 } };
        const ports = { ...common, effects: coalescingLedger(metered.ledger(stores.effects)) };
        return {
          stage: { ...action, contract: unlimited },
          ports: { ...ports, transport: fakeTransport().open() },
        };
      }
      default: {
        const ports = { ...common, values: jsonValues, context: metered.context(stores.context) };
        return { stage: contextStage(contract, name.slice('context-'.length)), ports };
      }
    }
  };
  return { bound: bound(), verdicts, close: stores.close };
};
