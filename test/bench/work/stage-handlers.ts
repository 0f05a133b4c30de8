/** The stages of `orders` as a function runs them, with DynamoDB real and the log in memory: what a broker costs is measured elsewhere. */
import { coalescingLedger } from '../../../lib/adapters/coalescing-ledger.ts';
import { openDynamoDb } from '../../../lib/adapters/dynamodb/dynamodb.ts';
import { powertoolsOnce } from '../../../lib/adapters/powertools-idempotency.ts';
import { compiledValidators } from '../../../lib/adapters/schemas/compiled-validators.ts';
import { systemClock, systemRandom } from '../../../lib/adapters/system.ts';
import { jsonValues } from '../../../lib/adapters/wire/json-values.ts';
import { respond, type PartialResponse } from '../../../lib/core/batch/respond.ts';
import { settleOnce } from '../../../lib/core/batch/settle-once.ts';
import { tableNames } from '../../../lib/core/contract/tables.ts';
import { transitioned } from '../../../lib/core/ledger/transitions.ts';
import type { Producer, TopicDirectory } from '../../../lib/core/ports/event-log.ts';
import type { CommonPorts } from '../../../lib/core/ports/stage-ports.ts';
import type { LedgerStore } from '../../../lib/core/ports/stores.ts';
import { processBatch, type StageWithPorts } from '../../../lib/core/process.ts';
import type { OutputRecord } from '../../../lib/core/record.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { recordsOf, type KafkaEvent } from '../../../lib/runtime/kafka-event.ts';
import { stdoutTelemetry } from '../../../lib/runtime/telemetry.ts';
import { fakeTransport } from '../../../lib/testing/fake-transport.ts';
import { action } from '../../fixtures/orders/action.ts';
import { features } from '../../fixtures/orders/features.ts';
import { inference } from '../../fixtures/orders/inference.ts';
import { localCredentials, localRegion } from '../../services/dynamodb-local.ts';
import { environment } from './order-events.ts';

export const stageNames = ['features', 'inference', 'action-keyed', 'action-at-most-once'] as const;
export type BenchedStage = (typeof stageNames)[number];

const invocationMs = 60_000;

/** Acknowledges everything, and counts. */
class CountingLog implements Producer, TopicDirectory {
  /** Since it was last taken. */
  taken = 0;

  async produce(records: readonly OutputRecord[]) {
    this.taken += records.length;
    return records.map((_, index) => ({
      kind: 'acked' as const,
      partition: 0,
      offset: index,
      timestamp: epochMsOf(Date.now()),
    }));
  }

  async topicIds(topics: readonly string[]): Promise<readonly string[]> {
    return topics;
  }
}

/** Every claim is new and every write is done: idempotency left out, and with it all that a store costs. */
const noLedger: LedgerStore = {
  read: async (keys) => keys.map(() => ({ kind: 'read', value: undefined })),
  list: async () => [],
  apply: async (writes) =>
    writes.map(({ transition, seen }) => {
      const item = transitioned(transition, seen);
      return item === undefined ? { kind: 'refused', item: seen } : { kind: 'applied', item };
    }),
};

export interface StageHandler {
  readonly handle: (event: KafkaEvent) => Promise<PartialResponse>;
  /** Since this was last asked: records that were emitted, and those of them that were made anew. */
  readonly emitted: () => { readonly all: number; readonly made: number };
  readonly close: () => void;
}

/** @param endpoint - of DynamoDB; `undefined`: without idempotency, for inference alone */
export const openStage = (name: BenchedStage, endpoint: string | undefined): StageHandler => {
  const stores = openDynamoDb({
    endpoint: endpoint ?? 'http://127.0.0.1:9',
    region: localRegion,
    credentials: localCredentials,
    clock: systemClock,
    deadline: () => epochMsOf(Date.now() + invocationMs),
    tables: Object.fromEntries(tableNames.map((table) => [table, table])),
    historyMs: {},
  });
  const log = new CountingLog();
  const resolved = inference.contract;
  const telemetry = stdoutTelemetry(resolved.pipeline, name, () => {});
  let made = 0;
  const common: CommonPorts = {
    clock: systemClock,
    random: systemRandom,
    producer: log,
    topics: log,
    operations: stores.operations,
    verdicts: { record: () => Promise.resolve() },
    telemetry: {
      ...telemetry,
      batch: (report) => {
        made += report.emitted;
        telemetry.batch(report);
      },
    },
    validators: compiledValidators(resolved),
  };
  const bound = (): StageWithPorts => {
    switch (name) {
      case 'features':
        return {
          stage: features,
          ports: { ...common, values: jsonValues, rows: stores.rows, context: stores.context },
        };
      case 'inference': {
        const claims = coalescingLedger(endpoint === undefined ? noLedger : stores.claims, {
          clock: systemClock,
          forMs: 10,
        });
        const once = endpoint === undefined ? settleOnce(claims) : powertoolsOnce(claims);
        return { stage: inference, ports: { ...common, claims, settleOnce: once } };
      }
      case 'action-keyed':
      case 'action-at-most-once': {
        const effect = name === 'action-keyed' ? ('keyed' as const) : ('at-most-once' as const);
        // A limit would only end the measurement.
        const contract = { ...resolved, action: { ...resolved.action, effect, limitPerMinute: 1_000_000 } };
        return {
          stage: { ...action, contract },
          ports: {
            ...common,
            effects: coalescingLedger(stores.effects),
            transport: fakeTransport().open(),
          },
        };
      }
    }
  };
  const stage = bound();
  let invocations = 0;
  return {
    handle: async (event) => {
      const receivedAt = epochMsOf(Date.now());
      invocations += 1;
      const invocation = {
        id: `invocation-${invocations}`,
        receivedAt,
        deadline: epochMsOf(receivedAt + invocationMs),
        response: 'partial',
        environment,
      } as const;
      return respond(await processBatch(stage, { records: recordsOf(event), invocation }), 'partial');
    },
    emitted: () => {
      const emitted = { all: log.taken, made };
      log.taken = 0;
      made = 0;
      return emitted;
    },
    close: stores.close,
  };
};
