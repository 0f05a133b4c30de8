import type { Metafile } from 'esbuild';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openEmbedded } from '../../../lib/adapters/sqlite/embedded.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import type { BuiltStage } from '../../../lib/build/bundle-stage.ts';
import { buildPipeline } from '../../../lib/build/build-pipeline.ts';
import { formatBytes } from '../../../lib/build/wire-formats-plugin.ts';
import { engineModule } from '../../../lib/build/engine.ts';
import { avro, json, protobuf, type WireFormat } from '../../../lib/core/contract/formats.ts';
import { avroReading, mappingEvent, readingSchema } from '../../support/avro-readings.ts';
import { framed, startFakeRegistry } from '../../support/fake-registry.ts';
import { suiteFolder, temporaryFolder, writeFiles } from '../../support/folder.ts';
import { environment, headersOf, NOW, reading, topics } from '../../support/stage-records.ts';
import { toIso } from '../../../lib/core/units.ts';
import { tinyContract } from '../../support/tiny-contract.ts';
import type { Handler } from '../../../lib/runtime/handle.ts';

const contractOf = (source: WireFormat, climate: WireFormat): object => {
  const contract = tinyContract();
  const { climate: context } = contract.context;
  return {
    ...contract,
    source: { ...contract.source, format: source },
    context: { climate: { ...context, source: { ...context?.source, format: climate } } },
  };
};

const stage = (definition: string): string => `
  import { handle } from ${JSON.stringify(engineModule('runtime/handle.ts'))};
  import { contract } from './contract.ts';
  export const handler = handle({ contract: contract.resolved, ${definition} });`;

/** The tiny pipeline, bundled: its source is in Protobuf, its context in Avro. */
const build = async (root: string): Promise<ReadonlyMap<string, BuiltStage>> => {
  writeFiles(root, {
    'functions/tiny/contract.ts': `export const contract = ${JSON.stringify({ resolved: contractOf(protobuf(), avro()) })};`,
    'functions/tiny/features.ts': stage(
      `kind: 'features', initial: { count: 0 },
       on: { read: { fold: ({ count }) => ({ count: count + 1 }), emit: ({ event }) => ({ mean: event.value }) }, moved: { fold: (state) => state } }`,
    ),
    'functions/tiny/inference.ts': stage(`kind: 'inference', model: {}, decide: () => ({ warn: true })`),
    'functions/tiny/action.ts': stage(`kind: 'action', request: () => ({}), via: { params: [] }`),
  });
  const { stages } = await buildPipeline({ root, pipelineFolder: 'functions/tiny', outFolder: 'out' });
  return new Map(stages.map((each) => [each.name, each]));
};

const metafileOf = ({ metafile }: BuiltStage): Metafile =>
  JSON.parse(readFileSync(metafile, 'utf8')) as Metafile;

const libraries = ['avsc', 'protobufjs'] as const;

/** Of which something is in a bundle's outputs: what was looked at and left out does not count. */
const librariesIn = (outputs: readonly Metafile['outputs'][string][]): readonly string[] =>
  libraries.filter((name) =>
    outputs.some(({ inputs }) =>
      Object.entries(inputs).some(
        ([path, { bytesInOutput }]) => bytesInOutput > 0 && path.includes(`node_modules/${name}/`),
      ),
    ),
  );

/** What is loaded with the handler: its file and what that imports statically. */
const loadedAtStart = ({ outputs }: Metafile): readonly Metafile['outputs'][string][] => {
  const reached = new Set(Object.keys(outputs).filter((path) => path.endsWith('/index.mjs')));
  for (const path of reached)
    for (const { path: imported, kind } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement') reached.add(imported);
  return [...reached].flatMap((path) => outputs[path] ?? []);
};

const root = suiteFolder();
let stages: ReadonlyMap<string, BuiltStage>;
beforeAll(async () => {
  stages = await build(root);
}, 120_000);

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('what reads a wire format', () => {
  it('is in the bundles of the stages that ask for it, and in no other', () => {
    const found = [...stages].map(([name, each]) => [
      name,
      librariesIn(Object.values(metafileOf(each).outputs)),
    ]);
    expect(Object.fromEntries(found)).toEqual({
      'context-climate': ['avsc'],
      features: ['protobufjs'],
      inference: [],
      action: [],
    });
  });

  it('is loaded only when it is used', () => {
    for (const each of stages.values()) expect(librariesIn(loadedAtStart(metafileOf(each)))).toEqual([]);
  });

  it('may have a size of its own beside that of every handler', () => {
    expect([json(), avro(), protobuf(), undefined].map(formatBytes)).toEqual([0, 70_000, 180_000, 0]);
    const sizes = ['features', 'context-climate', 'action'].map((name) => stages.get(name)?.sizeBytes ?? 0);
    const [inProtobuf = 0, inAvro = 0, inJson = 0] = sizes;
    // Of what the others have besides, which is little.
    expect(inProtobuf - inJson).toBeLessThan(formatBytes(protobuf()) + 20_000);
    expect(inAvro - inJson).toBeLessThan(formatBytes(avro()) + 20_000);
  });
});

describe('a minified bundle', () => {
  const read = async (folder: string, topic: string): Promise<readonly unknown[]> => {
    const { log, close } = openEmbedded({ folder, pipeline: 'tiny', clock: systemClock });
    const records = await log.read({ topic, partition: 0, from: 0, maxRecords: 9, maxBytes: 1e6 });
    close();
    return records.map(({ value }) => JSON.parse(Buffer.from(value ?? []).toString()) as unknown);
  };

  it('still reads Avro and Protobuf, whose libraries make code of schemas', async () => {
    const registry = await startFakeRegistry();
    onTestFinished(() => registry.close());
    const avroId = registry.add(JSON.stringify(readingSchema));
    const proto =
      'syntax = "proto3"; message Reading { string sensor = 1; string at = 2; double value = 3; }';
    const protoId = registry.add(proto, { schemaType: 'PROTOBUF' });
    const folder = temporaryFolder();
    const { log, close } = openEmbedded({ folder, pipeline: 'tiny', clock: systemClock });
    const climateTopic = `${environment}.plant.climate.read`;
    await log.createTopics(
      [...Object.values(topics), climateTopic, `${climateTopic}.dlq`].map((name) => ({
        name,
        partitions: 1,
        retentionMs: 1e9,
        maxRecordBytes: 1e6,
      })),
    );
    close();
    vi.stubEnv('FRESHET_ENVIRONMENT', environment);
    vi.stubEnv('FRESHET_RESPONSE', 'partial');
    vi.stubEnv('FRESHET_LOG', `sqlite:${folder}`);
    vi.stubEnv('FRESHET_STORE', `sqlite:${folder}`);
    vi.stubEnv('FRESHET_REGISTRY', registry.url);
    vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    const invoke = async (name: string, event: object): Promise<unknown> => {
      const { handler } = createRequire(import.meta.url)(stages.get(name)?.file ?? '') as {
        handler: Handler;
      };
      return handler(event, { awsRequestId: 'r', getRemainingTimeInMillis: () => 10_000 });
    };

    const at = toIso(NOW);
    const inProtobuf = Buffer.concat([
      Uint8Array.of(0, 0x0a, 1, 0x61, 0x12, at.length),
      Buffer.from(at),
      Uint8Array.of(0x19, 0, 0, 0, 0, 0, 0, 0x04, 0x40),
    ]);
    const event = mappingEvent([{ ...reading(1), value: framed(protoId, inProtobuf) }]);
    expect(await invoke('features', event)).toEqual({ batchItemFailures: [] });
    expect(await read(folder, topics.vectors)).toEqual([{ mean: 2.5 }]);

    const climate = {
      ...reading(1, { headers: headersOf({ ce_type: 'read' }) }),
      topic: climateTopic,
      value: framed(avroId, avroReading('a', NOW)),
    };
    expect(await invoke('context-climate', mappingEvent([climate]))).toEqual({ batchItemFailures: [] });
    const seen = openEmbedded({ folder, pipeline: 'tiny', clock: systemClock });
    const observed = await seen.context.newest([{ context: 'climate', key: 'a', at: NOW }]);
    seen.close();
    expect(observed).toMatchObject([
      { kind: 'read', value: { body: `{"at":"${at}","sensor":"a","value":1}` } },
    ]);
  });
});
