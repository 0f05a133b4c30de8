import { actionBatch } from '../../lib/core/batch/action.ts';
import { contextBatch } from '../../lib/core/batch/context.ts';
import { featuresBatch } from '../../lib/core/batch/features.ts';
import { inferenceBatch } from '../../lib/core/batch/inference.ts';
import { payloadLimits } from '../../lib/core/ledger/item-size.ts';
import { payloadLedger } from '../../lib/core/ledger/payload-ledger.ts';
import { settleOnce } from '../../lib/core/batch/settle-once.ts';
import type { ResolvedContract } from '../../lib/core/contract/resolved.ts';
import type { LedgerStore } from '../../lib/core/ports/stores.ts';
import type { BatchReport, CommonPorts, Validators } from '../../lib/core/ports/stage-ports.ts';
import type { ValueDecoder } from '../../lib/core/ports/value-decoder.ts';
import type { SourceRecord } from '../../lib/core/record.ts';
import type { ActionStage, SendAnswer, SendCall, Transport } from '../../lib/core/stages/action.ts';
import { contextStage } from '../../lib/core/stages/context.ts';
import type { FeaturesStage } from '../../lib/core/stages/features.ts';
import type { InferenceStage, ModelAnswer, ModelCall } from '../../lib/core/stages/inference.ts';
import { verdictLabel } from '../../lib/core/verdict.ts';
import { jsonValues } from '../../lib/adapters/wire/json-values.ts';
import { compiledValidators } from '../../lib/adapters/schemas/compiled-validators.ts';
import {
  MemoryContext,
  MemoryLedger,
  MemoryOperations,
  MemoryProducer,
  MemoryRows,
  MemoryTelemetry,
  MemoryVerdicts,
} from './memory-ports.ts';
import { MemoryPayloads } from './memory-payloads.ts';
import { batchOf, NOW } from './stage-records.ts';
import { tinyContract } from './tiny-contract.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What a batch came to, in words. */
export interface Told {
  /** In the order of the records. */
  readonly verdicts: readonly string[];
  /** Offsets that are reported as unfinished. */
  readonly unfinished: readonly number[];
}

/** One for all benches: its schemas are compiled once. */
const base = tinyContract();

type BatchOptions = Parameters<typeof batchOf>[1];

/** The stages of the tiny contract on ports in memory, and user functions that a test can exchange. */
export class StageBench {
  readonly contract: ResolvedContract;
  readonly clock = new VirtualClock(NOW);
  readonly ledger = new MemoryLedger();
  readonly payloads = new MemoryPayloads();
  readonly rows = new MemoryRows();
  readonly context = new MemoryContext();
  readonly operations = new MemoryOperations();
  readonly producer = new MemoryProducer();
  readonly telemetry = new MemoryTelemetry();
  readonly journal = new MemoryVerdicts();
  readonly topicIds = new Map<string, string>();
  validators: Validators;
  values: ValueDecoder = jsonValues;

  /** Vectors the model was asked about. */
  readonly asked: unknown[] = [];
  infer: (vector: unknown, call: ModelCall) => Promise<ModelAnswer<object>> | ModelAnswer<object> = () => ({
    answer: { score: 1 },
  });
  decide: (input: object) => unknown = () => ({ warn: true });

  /** Requests that were sent, with their keys. */
  readonly sent: { readonly request: unknown; readonly key: string; readonly timeoutMs: number }[] = [];
  answer: (request: unknown, call: SendCall) => Promise<SendAnswer> | SendAnswer = () => ({
    kind: 'done',
    evidence: '201',
  });
  request: (decision: unknown) => unknown = (decision) => ({ bell: decision });

  on: FeaturesStage['on'] = {
    read: {
      fold: (state) => ({ count: (state as { readonly count: number }).count + 1 }),
      emit: ({ state }) => ({ mean: (state as { readonly count: number }).count }),
    },
    moved: { fold: (state) => state },
  };
  #tokens = 0;

  constructor(different: Partial<ResolvedContract> = {}) {
    this.contract = { ...base, ...different };
    this.validators = compiledValidators(this.contract);
  }

  get common(): CommonPorts {
    return {
      clock: this.clock,
      random: { token: () => `token-${(this.#tokens += 1)}` },
      producer: this.producer,
      topics: {
        topicIds: async (names) => names.map((name) => this.topicIds.get(name) ?? `id-of-${name}`),
      },
      operations: this.operations,
      verdicts: this.journal,
      telemetry: this.telemetry,
      validators: this.validators,
    };
  }

  /** Over the payload store where the contract says so; limits as in the runtime. */
  ledgerOf(stage: 'inference' | 'action'): LedgerStore {
    if (this.contract.largePayloads !== 'bucket') return this.ledger;
    return payloadLedger(this.ledger, {
      payloads: this.payloads,
      prefix: `tiny/${stage}`,
      limits: payloadLimits[stage],
      onUnavailable: () => {},
    });
  }

  get report(): BatchReport {
    const last = this.telemetry.reports.at(-1);
    if (!last) throw new Error('no batch was reported');
    return last;
  }

  features(records: readonly SourceRecord[], options?: BatchOptions): Promise<Told> {
    const { contract, on, rows, context, values } = this;
    const stage: FeaturesStage = { kind: 'features', contract, initial: { count: 0 }, on };
    return this.#told(
      featuresBatch(stage, { ...this.common, values, rows, context }, this.#batch(records, options)),
    );
  }

  observe(records: readonly SourceRecord[], options?: BatchOptions): Promise<Told> {
    const stage = contextStage(this.contract, 'climate');
    const ports = { ...this.common, values: this.values, context: this.context };
    return this.#told(contextBatch(stage, ports, this.#batch(records, options)));
  }

  inference(records: readonly SourceRecord[], options?: BatchOptions): Promise<Told> {
    const stage: InferenceStage = {
      kind: 'inference',
      contract: this.contract,
      model: {
        id: 'rule',
        version: '1',
        digest: 'd',
        infer: (asked, call) => {
          this.asked.push(asked);
          return this.infer(asked, call);
        },
      },
      decide: (input) => this.decide(input),
    };
    const claims = this.ledgerOf('inference');
    const ports = { ...this.common, claims, settleOnce: settleOnce(claims) };
    return this.#told(inferenceBatch(stage, ports, this.#batch(records, options)));
  }

  action(records: readonly SourceRecord[], options?: BatchOptions): Promise<Told> {
    const transport: Transport = {
      send: async (request, call) => {
        this.sent.push({ request, key: call.key, timeoutMs: call.timeoutMs });
        return this.answer(request, call);
      },
    };
    const stage: ActionStage = {
      kind: 'action',
      contract: this.contract,
      request: (made) => this.request(made),
      via: { transport: 'bell', keyed: true, params: [], open: () => transport },
    };
    const ports = { ...this.common, effects: this.ledgerOf('action'), transport };
    return this.#told(actionBatch(stage, ports, this.#batch(records, options)));
  }

  #batch(records: readonly SourceRecord[], options: BatchOptions = {}): ReturnType<typeof batchOf> {
    return batchOf(records, { now: this.clock.now(), ...options });
  }

  async #told(result: ReturnType<typeof actionBatch>): Promise<Told> {
    const { verdicts, unfinished } = await result;
    return {
      verdicts: verdicts.map(({ verdict }) => verdictLabel(verdict)),
      unfinished: unfinished.map(({ offset }) => offset),
    };
  }
}
