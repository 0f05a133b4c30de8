import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openKafka } from '../../lib/adapters/kafka/kafka.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { buildPipeline } from '../../lib/build/build-pipeline.ts';
import { requireBanner } from '../../lib/build/bundle.ts';
import { handlerFormat, handlerMinified } from '../../lib/build/handler-format.ts';
import { tableNames } from '../../lib/core/contract/tables.ts';
import { wantedTopics } from '../../lib/ops/topics/wanted-topics.ts';
import { localCredentials, localRegion } from '../services/dynamodb-local.ts';
import { KafkaBroker } from '../services/kafka-broker.ts';
import type { Bench, Figure } from './bench.ts';
import { FakeDynamoDbServer } from './dynamodb/fake.ts';
import { bundledSources, profilesIn, sharesOf, sharesText } from './profile.ts';
import { median, ratio, spread } from './statistics.ts';
import { decisions, environment, placedOrders, vectors } from './work/order-events.ts';

const root = resolve(import.meta.dirname, '../..');
const maxBytes = 700_000;
const rounds = 7;
/** After those that are timed: a start that is profiled takes longer. */
const profiledRounds = 3;
const batchSize = 10;

/** ms. */
interface ColdStart {
  readonly sinceStartMs: number;
  /** From the import of the bundle: without Node's own start. */
  readonly bundleMs: number;
  /** Of that, what the process itself used: no broker, no other process, no waiting. */
  readonly cpuMs: number;
  readonly answer: unknown;
}

/** The usual parts, bundled as a stage is: minified, split, for the same Node. */
const bundleUsual = async (folder: string): Promise<{ readonly file: string; readonly bytes: number }> => {
  await build({
    entryPoints: [{ in: join(import.meta.dirname, 'usual/handler.ts'), out: 'index' }],
    outdir: folder,
    ...handlerFormat,
    ...handlerMinified,
    sourcemap: 'linked',
    sourcesContent: false,
    banner: { js: requireBanner },
    logLevel: 'error',
  });
  const sizes = await Promise.all(
    (await readdir(folder))
      .filter((name) => name.endsWith('.mjs'))
      .map(async (name) => (await stat(join(folder, name))).size),
  );
  return { file: join(folder, 'index.mjs'), bytes: sizes.reduce((sum, size) => sum + size, 0) };
};

const start = async (
  bundle: string,
  eventFile: string,
  env: Readonly<Record<string, string>>,
  execArgv: readonly string[] = [],
): Promise<ColdStart> => {
  const child = fork(join(import.meta.dirname, 'work/cold.mjs'), [bundle, eventFile], {
    // kafkajs sets timers in the past.
    execArgv: ['--disable-warning=TimeoutNegativeWarning', ...execArgv],
    env: { ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  let cold: ColdStart | undefined;
  child.on('message', (message) => (cold = message as ColdStart));
  await exited;
  if (cold === undefined) throw new Error(`${bundle} ended before it answered its first batch`);
  assert.deepEqual(cold.answer, { batchItemFailures: [] });
  return cold;
};

/** Init and first batch of each bundle, on a real broker; DynamoDB answers at once. */
export const coldStart: Bench = {
  name: 'cold-start',
  title: `Init and first batch of ${batchSize}, lazily loaded code included`,
  run: async ({ say }) => {
    const broker = await KafkaBroker.start();
    const dynamodb = await FakeDynamoDbServer.start();
    const folder = await mkdtemp(join(tmpdir(), 'freshet-bench-'));
    try {
      const built = await buildPipeline({ root, pipelineFolder: 'test/fixtures/orders', outFolder: folder });
      const usual = await bundleUsual(join(folder, 'usual'));
      const kafka = openKafka({ bootstrap: [broker.bootstrap], clientId: 'bench', clock: systemClock });
      const wanted = wantedTopics(built.contract, environment);
      await kafka.log.createTopics(wanted);
      kafka.close();
      const env = {
        AWS_LAMBDA_FUNCTION_NAME: 'bench',
        AWS_REGION: localRegion,
        AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
        AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
        FRESHET_ENVIRONMENT: environment,
        FRESHET_RESPONSE: 'partial',
        FRESHET_LOG: `kafka:${broker.bootstrap}`,
        FRESHET_STORE: `dynamodb:${tableNames.map((name) => `${name}=${name}`).join(',')}`,
        HOLDS_URL: 'http://127.0.0.1:9',
        BROKERS: broker.bootstrap,
        OUTPUT_TOPIC: wanted.find(({ name }) => name.endsWith('.decision'))?.name ?? '',
      };
      const events = {
        features: placedOrders,
        inference: vectors,
        action: decisions,
        usual: vectors,
      } as const;
      const bundles = [
        ...built.stages.map(({ name, file, sizeBytes }) => ({
          name: name as 'features' | 'inference' | 'action',
          file,
          bytes: sizeBytes,
        })),
        { name: 'usual' as const, ...usual },
      ];
      const starts = new Map<string, ColdStart[]>(bundles.map(({ name }) => [name, []]));
      const eventFile = join(folder, 'event.json');
      // The first start reads every file from disk, and is not counted.
      for (let round = -1; round < rounds; round += 1)
        for (const { name, file } of bundles) {
          await writeFile(
            eventFile,
            JSON.stringify(events[name]({ count: batchSize, from: (round + 1) * batchSize })),
          );
          const cold = await start(file, eventFile, env);
          if (round < 0) continue;
          starts.get(name)?.push(cold);
          say(`${name}: ${cold.sinceStartMs.toFixed(0)} ms from the process' start`);
        }
      const shares: Figure[] = [];
      for (const { name, file } of bundles) {
        const profiles = join(folder, `profiles-${name}`);
        for (let round = 0; round < profiledRounds; round += 1) {
          const from = (rounds + 1 + round) * batchSize;
          await writeFile(eventFile, JSON.stringify(events[name]({ count: batchSize, from })));
          await start(file, eventFile, env, [
            '--cpu-prof',
            '--cpu-prof-interval=100',
            `--cpu-prof-dir=${profiles}`,
          ]);
        }
        shares.push({
          what: `${name}: CPU by place, from the process' start`,
          value: sharesText(sharesOf(await profilesIn(profiles), await bundledSources(file))),
        });
        say(`${name}: profiled`);
      }
      const times = (name: string, member: Exclude<keyof ColdStart, 'answer'>): readonly number[] =>
        (starts.get(name) ?? []).map((cold) => cold[member]);
      const stages = bundles.filter(({ name }) => name !== 'usual');
      return {
        figures: [
          ...bundles.map(({ name, bytes }) => ({
            what: name,
            value: `${spread(times(name, 'sinceStartMs'), 'ms')} from the process' start, ${spread(times(name, 'bundleMs'), 'ms')} from the import of the bundle, of that ${spread(times(name, 'cpuMs'), 'ms')} CPU; ${Math.ceil(bytes / 1_000)} KB`,
          })),
          ...shares,
        ],
        goals: stages.flatMap(({ name, bytes }) => {
          const [ours, theirs] = [
            median(times(name, 'sinceStartMs')),
            median(times('usual', 'sinceStartMs')),
          ];
          const [ourBundle, theirBundle] = [
            median(times(name, 'bundleMs')),
            median(times('usual', 'bundleMs')),
          ];
          return [
            {
              goal: `${name}: init and first batch, against the usual bundle: ≤ 1/3`,
              measured: `${ratio(ours, theirs)}, without Node's own start ${ratio(ourBundle, theirBundle)}, CPU ${ratio(median(times(name, 'cpuMs')), median(times('usual', 'cpuMs')))}`,
              isMet: ours <= theirs / 3,
            },
            {
              goal: `${name}: bundle ≤ ${maxBytes / 1_000} KB`,
              measured: `${Math.ceil(bytes / 1_000)} KB`,
              isMet: bytes <= maxBytes,
            },
          ];
        }),
      };
    } finally {
      await Promise.all([broker.remove(), dynamodb.stop()]);
      await rm(folder, { recursive: true, force: true });
    }
  },
};
