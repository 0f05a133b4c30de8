import type { Metafile } from 'esbuild';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openEmbedded } from '../../../lib/adapters/sqlite/embedded.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { buildPipeline } from '../../../lib/build/build-pipeline.ts';
import type { BuiltStage } from '../../../lib/build/bundle-stage.ts';
import { engineModule } from '../../../lib/build/engine.ts';
import { payloadBytes } from '../../../lib/build/payloads-plugin.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { kafkaEvent } from '../../../lib/local/event-source/event.ts';
import type { Handler } from '../../../lib/runtime/handle.ts';
import { fakeCredentials, startFakeS3 } from '../../support/fake-s3.ts';
import { suiteFolder, temporaryFolder, writeFiles } from '../../support/folder.ts';
import { decision, environment, topics } from '../../support/stage-records.ts';
import { tinyContract } from '../../support/tiny-contract.ts';

const contract = tinyContract({ largePayloads: 'bucket' });

const stage = (definition: string): string => `
  import { handle } from ${JSON.stringify(engineModule('runtime/handle.ts'))};
  import { contract } from './contract.ts';
  export const handler = handle({ contract: contract.resolved, ${definition} });`;

/** The tiny pipeline, bundled: what it asks of its downstream has 300,000 bytes. */
const build = async (root: string): Promise<ReadonlyMap<string, BuiltStage>> => {
  writeFiles(root, {
    'functions/tiny/contract.ts': `export const contract = ${JSON.stringify({ resolved: contract })};`,
    'functions/tiny/features.ts': stage(`kind: 'features', initial: {}, on: {}`),
    'functions/tiny/inference.ts': stage(`kind: 'inference', model: {}, decide: () => ({ warn: true })`),
    'functions/tiny/action.ts': stage(
      `kind: 'action', request: () => ({ text: 'x'.repeat(300_000) }),
       via: { params: [], open: () => ({ send: async () => ({ kind: 'done', evidence: '201' }) }) }`,
    ),
  });
  const { stages } = await buildPipeline({ root, pipelineFolder: 'functions/tiny', outFolder: 'out' });
  return new Map(stages.map((each) => [each.name, each]));
};

const keepers = /^lib\/core\/ledger\/payload-ledger\.ts$|adapters\.s3\.payload-store\.mjs$/;

const outputsOf = ({ metafile }: BuiltStage): Metafile['outputs'] =>
  (JSON.parse(readFileSync(metafile, 'utf8')) as Metafile).outputs;

/** Outputs that hold something of what keeps payloads. */
const keeping = (built: BuiltStage): readonly string[] =>
  Object.entries(outputsOf(built)).flatMap(([path, { inputs }]) =>
    Object.keys(inputs).some((input) => keepers.test(input)) ? [path] : [],
  );

describe('the bundles of a contract that keeps large payloads in a bucket', () => {
  const root = suiteFolder();
  let stages: ReadonlyMap<string, BuiltStage>;
  beforeAll(async () => {
    stages = await build(root);
  }, 60_000);
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  it('hold what does so where there is a ledger, and nowhere else', () => {
    const holding = [...stages.values()].filter((each) => keeping(each).length > 0);
    expect(holding.map(({ name }) => name)).toEqual(['inference', 'action']);
    for (const { name } of stages.values())
      expect(payloadBytes(contract, name) > 0).toBe(name === 'inference' || name === 'action');
    expect(payloadBytes(tinyContract(), 'action')).toBe(0);
  });

  it('do not load it at start', () => {
    for (const built of stages.values()) {
      const outputs = outputsOf(built);
      const entry = Object.keys(outputs).find((path) => path.endsWith('/index.mjs')) ?? '';
      const reached = new Set([entry]);
      for (const path of reached)
        for (const { path: next, kind } of outputs[path]?.imports ?? [])
          if (kind === 'import-statement') reached.add(next);
      expect(keeping(built).filter((path) => reached.has(path))).toEqual([]);
    }
  });

  it('write to S3, signed with the credentials of the environment', async () => {
    const s3 = await startFakeS3();
    onTestFinished(() => s3.close());
    const folder = temporaryFolder();
    const { log, close } = openEmbedded({ folder, pipeline: 'tiny', clock: systemClock });
    await log.createTopics(
      Object.values(topics).map((name) => ({ name, partitions: 1, retentionMs: 1e9, maxRecordBytes: 1e6 })),
    );
    close();
    const variables = {
      FRESHET_ENVIRONMENT: environment,
      FRESHET_RESPONSE: 'partial',
      FRESHET_LOG: `sqlite:${folder}`,
      FRESHET_STORE: `sqlite:${folder}`,
      FRESHET_PAYLOADS: `s3:${s3.bucket}`,
      AWS_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_ACCESS_KEY_ID: fakeCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: fakeCredentials.secretAccessKey,
    };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    const { handler } = createRequire(import.meta.url)(stages.get('action')?.file ?? '') as {
      handler: Handler;
    };
    const now = systemClock.now();
    const record = decision(1, { originAppend: now, expiry: epochMsOf(now + 60_000) });
    const event = kafkaEvent({ kind: 'self-managed', bootstrapServers: ['b:9092'] }, [record]);
    expect(await handler(event, { awsRequestId: 'r', getRemainingTimeInMillis: () => 10_000 })).toEqual({
      batchItemFailures: [],
    });
    expect([...s3.objects.values()].map(({ length }) => length)).toEqual(['{"text":""}'.length + 300_000]);
  });
});
