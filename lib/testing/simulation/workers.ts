/** Invocations: the real core on ports of this world. */
import { respond } from '../../core/batch/respond.ts';
import { settleOnce } from '../../core/batch/settle-once.ts';
import type { StageName } from '../../core/contract/resolved.ts';
import { InvariantError, TransientError } from '../../core/errors.ts';
import { payloadLedger } from '../../core/ledger/payload-ledger.ts';
import type { LedgerStore, VerdictJournal } from '../../core/ports/stores.ts';
import type { LoggedRecord } from '../../core/ports/event-log.ts';
import type { Batch, CommonPorts, Redrive } from '../../core/ports/stage-ports.ts';
import { processBatch, type StageWithPorts } from '../../core/process.ts';
import type { SourceRecord } from '../../core/record.ts';
import type { SendAnswer, Transport } from '../../core/stages/action.ts';
import { contextStage } from '../../core/stages/context.ts';
import type { Model } from '../../core/stages/inference.ts';
import { epochMsOf } from '../../core/units.ts';
import { verdictLabel, type Verdict } from '../../core/verdict.ts';
import { kafkaEvent } from '../../local/event-source/event.ts';
import { recordsOf } from '../../runtime/kafka-event.ts';
import { powertoolsOnce } from '../../adapters/powertools-idempotency.ts';
import { jsonValues } from '../../adapters/wire/json-values.ts';
import { environment, timeoutMs, type Deployment } from './deployment.ts';
import type { StageHooks } from './subject.ts';
import type { Actor, World } from './world.ts';

const never = new Promise<never>(() => {});

/** Ends what a worker is at that is gone: nobody reads it, and nobody where it was thrown. */
const dead = new Error('dead');

const transportOf = (deployment: Deployment, actor: Actor): Transport => ({
  send: async (request, { key }) => {
    const { world, subject } = deployment;
    if (subject.fates.ofRequest(request) === 'kills') {
      // The request is out, and the worker is gone before its answer comes.
      return world.operation<SendAnswer>(actor, `send ${key.slice(-6)}, which kills`, {
        perform: () => {
          note(deployment, actor, key, request, { refused: false, effect: true });
          world.crash(actor);
          return { kind: 'unknown', detail: 'dead', retryAfterMs: undefined };
        },
      });
    }
    const answer = await world.operation<SendAnswer | 'hang'>(actor, `send ${key.slice(-6)}`, {
      perform: () => answerOf(deployment, actor, key, request),
      failed: () => ({ kind: 'unknown', detail: 'the connection broke', retryAfterMs: undefined }),
    });
    return answer === 'hang' ? never : answer;
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

/** Every mode of a downstream. `hang`: it did it, and says nothing. */
const answerOf = (
  deployment: Deployment,
  actor: Actor,
  key: string,
  request: unknown,
): SendAnswer | 'hang' => {
  const { world, subject } = deployment;
  const told = (refused: boolean, effect: boolean, said: SendAnswer | 'hang'): SendAnswer | 'hang' => {
    note(deployment, actor, key, request, { refused, effect });
    return said;
  };
  if (subject.fates.ofRequest(request) === 'refused')
    return told(true, false, { kind: 'refused', detail: '422' });
  if (!world.has('downstream')) return told(false, true, { kind: 'done', evidence: '200' });
  switch (world.tape.pick(9)) {
    case 1:
      return told(true, false, { kind: 'not-done', detail: '429', retryAfterMs: 3_000 });
    case 2:
      return told(false, false, { kind: 'unknown', detail: '503 before', retryAfterMs: undefined });
    case 3:
      return told(false, true, { kind: 'unknown', detail: '500 after', retryAfterMs: undefined });
    case 4:
      return told(true, false, { kind: 'refused', detail: '422' });
    case 5:
      return told(false, true, 'hang');
    case 6:
      // Nobody was reached.
      return { kind: 'not-done', detail: 'connection refused', retryAfterMs: undefined };
    default:
      return told(false, true, { kind: 'done', evidence: '200' });
  }
};

/** The domain's own model, when it can be reached. */
const modelOf = (
  { world, subject }: Deployment,
  actor: Actor,
  model: Model<unknown, object>,
): Model<unknown, object> => ({
  id: model.id,
  version: model.version,
  digest: model.digest,
  infer: async (vector, call) => {
    const mode = await world.operation<'ok' | 'transient' | 'hang'>(actor, 'ask the model', {
      perform: () => {
        if (subject.fates.killsModel(vector)) world.crash(actor);
        if (!world.has('model')) return 'ok';
        return (['ok', 'ok', 'transient', 'hang'] as const)[world.tape.pick(4)]!;
      },
    });
    if (mode === 'transient')
      throw new TransientError('MODEL_UNAVAILABLE', { message: 'simulated', retryAfterMs: 2_000 });
    if (mode === 'hang') return never;
    return world.outside('the model', async () => model.infer(vector, call));
  },
});

export const ledgerOf = (
  { stores, usesBucket }: Deployment,
  actor: Actor,
  store: 'claims' | 'effects',
): LedgerStore => {
  const ledger = stores.ledgerOf(actor, store);
  return usesBucket
    ? payloadLedger(ledger, {
        payloads: stores.payloadsOf(actor),
        prefix: `sim/${store}`,
        limits: { requestBytes: 0, emitsBytes: 0 },
        onUnavailable: () => {},
      })
    : ledger;
};

/** Verdicts go to the world's journal. */
export const verdictJournalOf = (
  world: World,
  actor: Actor,
  stage: StageName,
): Pick<VerdictJournal, 'record'> => ({
  record: (name, entries) => {
    for (const { at, verdict } of entries) {
      world.tell(() => `${actor.name}: ${name} ${at.partition}/${at.offset} ${verdictLabel(verdict)}`);
      world.journal.note(actor.name, { kind: 'verdict', stage, at, verdict });
    }
    return Promise.resolve();
  },
});

const bind = (deployment: Deployment, stage: StageName, actor: Actor): StageWithPorts => {
  const { world, broker, stores, subject, contract } = deployment;
  const hooks: StageHooks = {
    die: () => {
      world.crash(actor);
      throw dead;
    },
    count: () => world.count(),
  };
  const { features, inference, action } = subject.stages(hooks);
  const common: CommonPorts = {
    clock: world.clockOf(actor),
    random: { token: () => `token-${world.count()}` },
    producer: broker.producerOf(actor),
    topics: broker.directoryOf(actor),
    operations: stores.operationsOf(actor),
    telemetry: { batch: () => {}, log: () => {} },
    validators: subject.validators(() => deployment.isFixed),
    verdicts: verdictJournalOf(world, actor, stage),
  };
  switch (stage) {
    case 'features':
      return {
        stage: features,
        ports: {
          ...common,
          values: jsonValues,
          rows: stores.rowsOf(actor),
          context: stores.contextOf(actor),
        },
      };
    case 'inference': {
      const claims = ledgerOf(deployment, actor, 'claims');
      return {
        stage: { ...inference, model: modelOf(deployment, actor, inference.model) },
        ports: {
          ...common,
          claims,
          settleOnce: deployment.usesPowertools ? powertoolsOnce(claims) : settleOnce(claims),
        },
      };
    }
    case 'action':
      return {
        stage: action,
        ports: {
          ...common,
          effects: ledgerOf(deployment, actor, 'effects'),
          transport: transportOf(deployment, actor),
        },
      };
    default:
      return {
        stage: contextStage(contract, stage.slice('context-'.length)),
        ports: { ...common, values: jsonValues, context: stores.contextOf(actor) },
      };
  }
};

const sourceRecord = (record: LoggedRecord): SourceRecord => ({
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

/** Errors that a batch may end with; whatever else a living worker throws is a fault of the code. */
const isForeseen = (thrown: unknown): boolean =>
  thrown instanceof TransientError ||
  (thrown instanceof InvariantError && ['TOPIC_RECREATED', 'UNFINISHED_RECORDS'].includes(thrown.code));

const watched = async <Result>(
  { world }: Deployment,
  actor: Actor,
  work: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await work();
  } catch (thrown) {
    if (actor.alive && !isForeseen(thrown)) {
      world.journal.note(actor.name, { kind: 'threw', what: String(thrown) });
      world.tell(() => `${actor.name} threw ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
    }
    throw thrown;
  }
};

/** A mapping's invocation. Rejects as a function's error does; never settles where its worker is gone. */
export const invoke = async (
  deployment: Deployment,
  stage: StageName,
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
  return watched(deployment, actor, async () => {
    const result = await processBatch(bind(deployment, stage, actor), batch);
    const leftMs = batch.invocation.deadline - (world.now + actor.skewMs);
    world.journal.note(actor.name, {
      kind: 'responded',
      stage,
      unfinished: result.unfinished.length,
      leftMs,
    });
    return respond(result, deployment.response);
  });
};

/** An operator's redrive of one record. */
export const redriveOnce = async (
  deployment: Deployment,
  stage: StageName,
  actor: Actor,
  record: SourceRecord,
  redrive: Redrive,
): Promise<Verdict | undefined> => {
  const batch = batchOf(deployment, actor, [record], redrive);
  const result = await watched(deployment, actor, () => processBatch(bind(deployment, stage, actor), batch));
  return result.verdicts[0]?.verdict;
};
