/** Invocations: the real core on ports of this world. */
import { respond } from '../../lib/core/batch/respond.ts';
import { settleOnce } from '../../lib/core/batch/settle-once.ts';
import type { ResolvedContract } from '../../lib/core/contract/resolved.ts';
import { TransientError } from '../../lib/core/errors.ts';
import type { LoggedRecord } from '../../lib/core/ports/event-log.ts';
import type { Batch, CommonPorts, Redrive } from '../../lib/core/ports/stage-ports.ts';
import { processBatch, type StageWithPorts } from '../../lib/core/process.ts';
import type { SourceRecord } from '../../lib/core/record.ts';
import type { SendAnswer, Transport } from '../../lib/core/stages/action.ts';
import type { Model } from '../../lib/core/stages/inference.ts';
import { epochMsOf } from '../../lib/core/units.ts';
import { verdictLabel, type Verdict } from '../../lib/core/verdict.ts';
import { kafkaEvent } from '../../lib/local/event-source/event.ts';
import { recordsOf } from '../../lib/runtime/kafka-event.ts';
import { powertoolsOnce } from '../../lib/adapters/powertools-idempotency.ts';
import type { Broker } from './broker.ts';
import {
  actionStage,
  factsStage,
  featuresStage,
  inferenceStage,
  killsInference,
  modelRefusal,
  refusedByModel,
  validatorsOf,
  type SimDecision,
} from './domain.ts';
import type { StageId } from './journal.ts';
import type { Stores } from './stores.ts';
import type { Actor, World } from './world.ts';

export const environment = 'sim';
export const timeoutMs = 10_000;

export interface Deployment {
  readonly world: World;
  readonly broker: Broker;
  readonly stores: Stores;
  readonly contract: ResolvedContract;
  readonly response: 'partial' | 'throw';
  readonly usesPowertools: boolean;
  /** Whether the records go through Lambda's event, as bytes, and not directly. */
  readonly usesWire: boolean;
  isFixed: boolean;
}

const never = new Promise<never>(() => {});

const transportOf = (deployment: Deployment, actor: Actor): Transport => ({
  send: (request, { key }) => {
    const { world } = deployment;
    const decision = request as SimDecision;
    if (decision.kills === 'action') {
      // The request is out, and the worker is gone before its answer comes.
      return world.operation<SendAnswer>(actor, `send ${decision.n}.${decision.part}, which kills`, {
        perform: () => {
          note(deployment, actor, key, request, { refused: false, effect: true });
          world.crash(actor);
          return { kind: 'unknown', detail: 'dead', retryAfterMs: undefined };
        },
      });
    }
    return world.operation<SendAnswer>(actor, `send ${decision.n}.${decision.part}`, {
      perform: () => answerOf(deployment, actor, key, request),
      failed: () => ({ kind: 'unknown', detail: 'the connection broke', retryAfterMs: undefined }),
    });
  },
});

const note = (
  { world }: Deployment,
  actor: Actor,
  key: string,
  request: unknown,
  { refused, effect }: { readonly refused: boolean; readonly effect: boolean },
): void => {
  world.tell(
    () => `the downstream gets ${key.slice(-6)} ${JSON.stringify(request)}${effect ? ' and does it' : ''}`,
  );
  world.journal.note(actor.name, { kind: 'request', key, body: JSON.stringify(request), refused, effect });
};

const answerOf = (deployment: Deployment, actor: Actor, key: string, request: unknown): SendAnswer => {
  const { world } = deployment;
  const answer = (refused: boolean, effect: boolean, said: SendAnswer): SendAnswer => {
    note(deployment, actor, key, request, { refused, effect });
    return said;
  };
  if ((request as SimDecision).refused) return answer(true, false, { kind: 'refused', detail: '422' });
  if (!world.has('downstream')) return answer(false, true, { kind: 'done', evidence: '200' });
  switch (world.tape.pick(7)) {
    case 1:
      return answer(true, false, { kind: 'not-done', detail: '429', retryAfterMs: 3_000 });
    case 2:
      return answer(false, false, { kind: 'unknown', detail: '503 before', retryAfterMs: undefined });
    case 3:
      return answer(false, true, { kind: 'unknown', detail: '500 after', retryAfterMs: undefined });
    case 4:
      return answer(true, false, { kind: 'refused', detail: '422' });
    default:
      return answer(false, true, { kind: 'done', evidence: '200' });
  }
};

const modelOf = (deployment: Deployment, actor: Actor): Model<unknown, object> => ({
  id: 'simulated',
  version: '1',
  digest: 'none',
  infer: async (vector) => {
    const { world } = deployment;
    const mode = await world.operation<'ok' | 'transient' | 'hang'>(actor, 'ask the model', {
      perform: () => {
        if (killsInference(vector)) world.crash(actor);
        if (!world.has('model')) return 'ok';
        return (['ok', 'ok', 'transient', 'hang'] as const)[world.tape.pick(4)]!;
      },
    });
    if (refusedByModel(vector)) throw modelRefusal();
    if (mode === 'transient')
      throw new TransientError('MODEL_UNAVAILABLE', { message: 'simulated', retryAfterMs: 2_000 });
    if (mode === 'hang') return never;
    // It answers differently each time it is asked.
    return { answer: { nonce: world.count() } };
  },
});

const bind = (deployment: Deployment, stage: StageId, actor: Actor): StageWithPorts => {
  const { world, broker, stores, contract } = deployment;
  const die = (): never => {
    world.crash(actor);
    throw new Error('dead');
  };
  const common: CommonPorts = {
    clock: world.clockOf(actor),
    random: { token: () => `token-${world.count()}` },
    producer: broker.producerOf(actor),
    topics: broker.directoryOf(actor),
    operations: stores.operationsOf(actor),
    telemetry: { batch: () => {}, log: () => {} },
    validators: validatorsOf(() => deployment.isFixed),
    verdicts: {
      record: (name, entries) => {
        for (const { at, verdict } of entries) {
          world.tell(() => `${actor.name}: ${name} ${at.partition}/${at.offset} ${verdictLabel(verdict)}`);
          world.journal.note(actor.name, { kind: 'verdict', stage, at, verdict });
        }
        return Promise.resolve();
      },
    },
  };
  const model = modelOf(deployment, actor);
  switch (stage) {
    case 'context-facts':
      return { stage: factsStage(contract), ports: { ...common, context: stores.contextOf(actor) } };
    case 'features':
      return {
        stage: featuresStage(contract, { die, model }),
        ports: { ...common, rows: stores.rowsOf(actor), context: stores.contextOf(actor) },
      };
    case 'inference': {
      const claims = stores.ledgerOf(actor, 'claims');
      return {
        stage: inferenceStage(contract, { die, model }),
        ports: {
          ...common,
          claims,
          settleOnce: deployment.usesPowertools ? powertoolsOnce(claims) : settleOnce(claims),
        },
      };
    }
    case 'action':
      return {
        stage: actionStage(contract),
        ports: {
          ...common,
          effects: stores.ledgerOf(actor, 'effects'),
          transport: transportOf(deployment, actor),
        },
      };
  }
};

export const sourceRecord = (record: LoggedRecord): SourceRecord => ({
  ...record,
  timestampType: 'LOG_APPEND_TIME',
  listedUnder: `${record.topic}-${record.partition}`,
});

const batchOf = (
  deployment: Deployment,
  actor: Actor,
  records: readonly SourceRecord[],
  redrive: Redrive | undefined,
): Batch => {
  const receivedAt = epochMsOf(deployment.world.now + actor.skewMs);
  return {
    records,
    invocation: {
      id: actor.name,
      receivedAt,
      deadline: epochMsOf(receivedAt + timeoutMs),
      response: deployment.response,
      environment,
    },
    ...(redrive ? { redrive } : {}),
  };
};

/** A mapping's invocation. Rejects as a function's error does; never settles where its worker is gone. */
export const invoke = async (
  deployment: Deployment,
  stage: StageId,
  actor: Actor,
  logged: readonly LoggedRecord[],
): Promise<unknown> => {
  const { world } = deployment;
  const records = deployment.usesWire
    ? recordsOf(
        JSON.parse(
          JSON.stringify(kafkaEvent({ kind: 'self-managed', bootstrapServers: ['sim:9092'] }, logged)),
        ),
      )
    : logged.map(sourceRecord);
  const batch = batchOf(deployment, actor, records, undefined);
  const result = await processBatch(bind(deployment, stage, actor), batch);
  const leftMs = batch.invocation.deadline - (world.now + actor.skewMs);
  world.journal.note(actor.name, { kind: 'responded', stage, unfinished: result.unfinished.length, leftMs });
  return respond(result, deployment.response);
};

/** An operator's redrive of one record. */
export const redriveOnce = async (
  deployment: Deployment,
  stage: StageId,
  actor: Actor,
  record: SourceRecord,
  redrive: Redrive,
): Promise<Verdict | undefined> => {
  const result = await processBatch(
    bind(deployment, stage, actor),
    batchOf(deployment, actor, [record], redrive),
  );
  return result.verdicts[0]?.verdict;
};
