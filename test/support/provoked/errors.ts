import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { groupActive } from '../../../lib/adapters/group-active.ts';
import { explainFailure } from '../../../lib/adapters/kafka/authentication/explain-failure.ts';
import { Sensitive } from '../../../lib/adapters/kafka/authentication/sensitive.ts';
import { oauthTokens } from '../../../lib/adapters/kafka/authentication/oauth-tokens.ts';
import { logistic, sealModel } from '../../../lib/adapters/logistic.ts';
import { openDatabase, orUnavailable } from '../../../lib/adapters/sqlite/database.ts';
import { avroType } from '../../../lib/adapters/wire/avro-types.ts';
import { openRegistry } from '../../../lib/adapters/wire/registry.ts';
import { bundleStage } from '../../../lib/build/bundle-stage.ts';
import { pipelineFolderOf } from '../../../lib/build/discover.ts';
import { respond } from '../../../lib/core/batch/respond.ts';
import { defineTrigger } from '../../../lib/core/contract/trigger.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import { outputOf } from '../../../lib/core/ledger/stored-record.ts';
import { emptyRow, openRow, storedRow } from '../../../lib/core/rows/row.ts';
import { epochMsOf, millis } from '../../../lib/core/units.ts';
import { MappingRegistry } from '../../../lib/local/event-source/registry.ts';
import { choosePipeline } from '../../../lib/local/pipeline-choice.ts';
import { startReceiver } from '../../../lib/local/receiver/receiver.ts';
import { filesIn } from '../../../lib/local/recording/read-lines.ts';
import { TroubleWatch } from '../../../lib/local/stages/trouble-watch.ts';
import { openStateFolder } from '../../../lib/local/state/state-folder.ts';
import { judgeSample } from '../../../lib/new/ready-sample.ts';
import { resolveEnvironment } from '../../../lib/runtime/environment.ts';
import { recordsOf } from '../../../lib/runtime/kafka-event.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { temporaryFolder } from '../folder.ts';
import { startFakeRegistry, type FakeRegistry } from '../fake-registry.ts';
import { StageBench } from '../stage-bench.ts';
import { reading } from '../stage-records.ts';
import { takenPort } from '../taken-port.ts';
import { validOptions } from '../trigger-options.ts';

const root = join(import.meta.dirname, '../../..');

/** A store whose writes find no room: SQLite's own bound stands for the disk's, and is answered with the same code. */
const fullStore = (): void => {
  const database = openDatabase(temporaryFolder());
  try {
    database.statement('PRAGMA max_page_count = 1').get();
    orUnavailable(() =>
      database.write(() => database.statement('CREATE TABLE t AS SELECT hex(zeroblob(100000))').run()),
    );
  } finally {
    database.close();
  }
};

const withRegistry = async (ask: (fake: FakeRegistry) => Promise<unknown>): Promise<void> => {
  const fake = await startFakeRegistry();
  try {
    await ask(fake);
  } finally {
    await fake.close();
  }
};

const soon = (): AbortSignal => AbortSignal.timeout(5_000);

/** Of each code a way to get the real error: it throws, or rejects. */
const ways: Partial<Record<ErrorCode, () => unknown>> = {
  USAGE: () => choosePipeline({ root, functionsFolder: 'test/fixtures/orders', name: 'payments' }),
  CONTRACT_INVALID: () =>
    defineTrigger({
      ...validOptions,
      freshness: { target: millis(100), objective: 0.99 },
      pipeline: 'Door Watch',
    }),
  PIPELINE_INVALID: () => pipelineFolderOf(temporaryFolder({ 'x/contract.ts': '' }), 'x'),
  BUILD_FAILED: () => {
    const folder = temporaryFolder({
      'x/features.ts': "import { mean } from './mean.ts';\nexport const handler = mean;\n",
    });
    return bundleStage({
      root: folder,
      name: 'features',
      form: 'deployed',
      entry: { file: join(folder, 'x/features.ts') },
      plugins: () => [],
      madeOf: '',
      folder: join(folder, 'build'),
      allowanceBytes: 0,
    });
  },
  SAMPLE_INVALID: () => {
    const folder = temporaryFolder({
      'orders.ndjson': '{"order":{"id":"o-1"},"at":"2026-01-05 08:00"}\n',
    });
    return judgeSample({ root: folder, file: 'orders.ndjson', mixed: 'refuse', wanted: {} });
  },
  INPUT_INVALID: () => filesIn('/recordings/march'),
  STATE_FOLDER_INVALID: () => {
    const folder = temporaryFolder();
    const held = openStateFolder({ folder, reset: false });
    try {
      openStateFolder({ folder, reset: false });
    } finally {
      held.release();
    }
  },
  PORT_IN_USE: async () => {
    const port = await takenPort();
    await startReceiver({
      route: { method: 'POST', path: '/', param: 'URL' },
      port,
      journal: join(temporaryFolder(), 'receiver.ndjson'),
      clock: systemClock,
      onEffect: () => {},
    });
  },
  DISK_FULL: fullStore,
  STORE_UNAVAILABLE: () => {
    const database = openDatabase(temporaryFolder());
    database.close();
    orUnavailable(() => database.read(() => undefined));
  },
  ENVIRONMENT_INVALID: () =>
    resolveEnvironment(
      {
        FRESHET_ENVIRONMENT: 'dev',
        FRESHET_RESPONSE: 'partial',
        FRESHET_LOG: 'sqlite:/state',
        FRESHET_STORE: 'sqlite:/state',
      },
      ['DESK_URL'],
    ),
  AUTHENTICATION_INVALID: () =>
    oauthTokens(
      {
        tokenEndpoint: 'http://example.com/token',
        clientId: 'me',
        clientSecret: new Sensitive('secret'),
        scope: undefined,
      },
      { now: () => epochMsOf(0) },
    ).token(),
  AUTHENTICATION_REFUSED: () => {
    throw explainFailure(
      { kind: 'credentials-refused', detail: 'Invalid username or password' },
      {
        authentication: {
          kind: 'scram-sha-512',
          material: { from: 'secret', arn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf' },
        },
        wasAccepted: false,
        wasRenewed: true,
      },
    );
  },
  MODEL_INVALID: () => logistic({}, {}),
  RUNTIME_UNSUPPORTED: () => {
    const preflight = join(root, 'bin/preflight.mjs');
    const script = `import { refusal } from ${JSON.stringify(preflight)}; console.log(refusal('20.11.0', 'linux'));`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    throw new Error(stdout.trim());
  },
  FUNCTION_START_FAILED: () => {
    const watch = new TroubleWatch(join(temporaryFolder(), 'functions.log'), () => {});
    for (const _ of [1, 2, 3])
      watch.invoked('inference', {
        kind: 'error',
        phase: 'init',
        errorType: 'Error',
        message: "ENOENT: no such file or directory, open 'model.json'",
        at: 'functions/orders/inference.ts:9:15',
      });
    return watch.broken;
  },
  LOG_UNAVAILABLE: async () => {
    const bench = new StageBench();
    const { operations } = bench;
    const { arrivals } = await import('../../../lib/core/batch/arrival.ts');
    const batch = { records: [reading(1)], invocation: {} } as unknown as Parameters<typeof arrivals>[0];
    await arrivals(batch, { topics: { topicIds: async () => [] }, operations }, true);
  },
  TOPIC_RECREATED: async () => {
    const bench = new StageBench();
    await bench.features([reading(1)]);
    bench.topicIds.set(reading(1).topic, 'another');
    await bench.features([reading(2)]);
  },
  GROUP_ACTIVE: () => {
    throw groupActive('dev.orders.features');
  },
  GROUP_IN_USE: () => {
    const registry = new MappingRegistry();
    registry.claim({ group: 'dev.orders.features', uuid: '7b3c' });
    registry.claim({ group: 'dev.orders.features', uuid: '91fe' });
  },
  REGISTRY_UNAVAILABLE: () =>
    withRegistry((fake) => {
      fake.mode = 'error';
      return openRegistry(fake.url).schema(1, soon());
    }),
  UNKNOWN_SCHEMA: () => withRegistry((fake) => openRegistry(fake.url).schema(7, soon())),
  FOLD_VERSION_CHANGED: () => openRow(storedRow(emptyRow({ count: 0 }, 1)), 'ada', 2),
  UNFINISHED_RECORDS: () =>
    respond({ verdicts: [1, 2, 3], unfinished: [1] } as unknown as Parameters<typeof respond>[0], 'throw'),
  STATE_TABLE_BROKEN: () =>
    outputOf({
      topic: 'dev.orders.decision',
      key: null,
      value: null,
      headers: [],
      payload: { key: 'orders/inference/5a1f', bytes: 400_000, sha256: '' },
    }),
  CREDENTIALS_UNAVAILABLE: () =>
    withRegistry((fake) => {
      // An endpoint that fails is one, whatever it is for.
      fake.mode = 'error';
      const tokens = oauthTokens(
        {
          tokenEndpoint: `${fake.url}/token`,
          clientId: 'me',
          clientSecret: new Sensitive('secret'),
          scope: undefined,
        },
        { now: () => epochMsOf(0) },
      );
      return tokens.token();
    }),
  OUTPUT_MISMATCH: () => {
    const model = sealModel({
      kind: 'logistic',
      id: 'rule',
      version: '1',
      features: [{ name: 'mean', weight: 1, mean: 0, scale: 1, min: 0, max: 1 }],
      intercept: 0,
      threshold: 0.5,
      trainedOn: { from: '2026-01-01T00:00:00Z', to: '2026-01-31T00:00:00Z', rows: 1 },
      metrics: { auc: 1 },
    });
    const call = { signal: soon(), deadline: epochMsOf(0), trace: undefined };
    return logistic(model, { mean: () => Number.NaN }).infer({}, call);
  },
  VALUE_UNDECODABLE: () => avroType('{"type":"record"', []),
  BATCH_INVALID: () => recordsOf({ hello: 'world' }),
};

const rejectionOf = async (way: () => unknown): Promise<unknown> => {
  try {
    await way();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('nothing was thrown');
};

/** The real errors, by their code. */
export const provokedErrors = (): readonly (readonly [ErrorCode, () => Promise<unknown>])[] =>
  (Object.entries(ways) as [ErrorCode, () => unknown][]).map(([code, way]) => [code, () => rejectionOf(way)]);
