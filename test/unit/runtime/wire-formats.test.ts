import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openEmbedded } from '../../../lib/adapters/sqlite/embedded.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { json, protobuf } from '../../../lib/core/contract/formats.ts';
import { textOf, type SourceRecord } from '../../../lib/core/record.ts';
import { contextStage } from '../../../lib/core/stages/context.ts';
import { handle, type LambdaContext } from '../../../lib/runtime/handle.ts';
import {
  avroReading,
  contractWith,
  mappingEvent,
  readingFeatures,
  readingSchema,
} from '../../support/avro-readings.ts';
import { framed, startFakeRegistry, type FakeRegistry } from '../../support/fake-registry.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { environment, NOW, reading, topics } from '../../support/stage-records.ts';

const lambda: LambdaContext = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 3_000 };

let registry: FakeRegistry;
beforeAll(async () => {
  registry = await startFakeRegistry();
  registry.add(JSON.stringify(readingSchema));
  registry.add('syntax = "proto3"; message Reading { string sensor = 1; string at = 2; double value = 3; }', {
    schemaType: 'PROTOBUF',
  });
});
afterAll(() => registry.close());

let folder: string;
beforeEach(async () => {
  registry.mode = 'ok';
  folder = temporaryFolder();
  const embedded = openEmbedded({ folder, pipeline: 'tiny', clock: systemClock });
  await embedded.log.createTopics(
    Object.values(topics).map((name) => ({ name, partitions: 1, retentionMs: 1e9, maxRecordBytes: 1e6 })),
  );
  embedded.close();
  vi.stubEnv('FRESHET_ENVIRONMENT', environment);
  vi.stubEnv('FRESHET_RESPONSE', 'partial');
  vi.stubEnv('FRESHET_LOG', `sqlite:${folder}`);
  vi.stubEnv('FRESHET_STORE', `sqlite:${folder}`);
  vi.stubEnv('FRESHET_REGISTRY', registry.url);
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const produced = async (topic: string) => {
  const embedded = openEmbedded({ folder, pipeline: 'tiny', clock: systemClock });
  const read = await embedded.log.read({ topic, partition: 0, from: 0, maxRecords: 99, maxBytes: 1e7 });
  embedded.close();
  return read;
};
const vectors = async (): Promise<readonly unknown[]> =>
  (await produced(topics.vectors)).map(
    ({ value }) => JSON.parse(textOf(value ?? new Uint8Array())) as unknown,
  );

const withValue = (offset: number, value: Uint8Array): SourceRecord => ({ ...reading(offset), value });
const inAvro = (offset: number, value: number | null): SourceRecord =>
  withValue(offset, framed(1, avroReading('a', NOW, value)));

const nothingFailed = { batchItemFailures: [] };

describe('a function whose source is in Avro', () => {
  const handler = () => handle(readingFeatures(contractWith()));

  it('reads it with the registry’s schemas', async () => {
    expect(await handler()(mappingEvent([inAvro(1, 2.5), inAvro(2, null)]), lambda)).toEqual(nothingFailed);
    expect(await vectors()).toEqual([{ mean: 2.5 }, { mean: 0 }]);
  });

  it('hands back what it cannot read while the registry is out of order, and reads it later', async () => {
    const running = handler();
    registry.mode = 'error';
    const event = mappingEvent([inAvro(1, 2.5)]);
    expect(await running(event, lambda)).toEqual({
      batchItemFailures: [{ itemIdentifier: { partition: `${topics.source}-0`, offset: 1 } }],
    });
    expect(await produced(topics.sourceLetters)).toEqual([]);
    registry.mode = 'ok';
    expect(await running(event, lambda)).toEqual(nothingFailed);
    expect(await vectors()).toEqual([{ mean: 2.5 }]);
  });

  it('writes letters of what it can never read, with the bytes that came', async () => {
    const values = [framed(99, Uint8Array.of(1)), framed(1, Uint8Array.of(1)), framed(2, Uint8Array.of(0))];
    const event = mappingEvent(values.map((value, offset) => withValue(offset, value)));
    expect(await handler()(event, lambda)).toEqual(nothingFailed);
    const letters = await produced(topics.sourceLetters);
    expect(letters.map(({ value }) => value && Buffer.from(value))).toEqual(
      values.map((value) => Buffer.from(value)),
    );
    const reasons = letters.map(({ headers }) =>
      headers.filter(({ name }) => name === 'freshet.reason').map(({ value }) => textOf(value)),
    );
    expect(reasons).toEqual([['unknown-schema'], ['undecodable'], ['undecodable']]);
  });

  it('takes what the mapping’s schema registry has decoded to JSON', async () => {
    vi.stubEnv('FRESHET_REGISTRY', 'none');
    const decoded = mappingEvent([reading(1, { value: 7 })], {
      keySchemaMetadata: { dataFormat: 'AVRO', schemaId: '1' },
      valueSchemaMetadata: { dataFormat: 'AVRO', schemaId: '1' },
    });
    expect(await handler()(decoded, lambda)).toEqual(nothingFailed);
    expect(await vectors()).toEqual([{ mean: 7 }]);
  });

  it.each([undefined, ''])('does not start in Lambda where FRESHET_REGISTRY is %o', (value) => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'features');
    vi.stubEnv('FRESHET_REGISTRY', value);
    expect(handler).toThrow(/FRESHET_REGISTRY: got nothing; expected the address of the schema registry/);
  });
});

describe('a function whose source is in Protobuf', () => {
  it('reads it with the registry’s schemas', async () => {
    const at = Buffer.from('2026-03-01T12:00:00Z');
    const payload = Buffer.concat([
      Uint8Array.of(0, 0x0a, 1, 0x61, 0x12, at.length),
      at,
      Uint8Array.of(0x19, 0, 0, 0, 0, 0, 0, 0x04, 0x40),
    ]);
    const handler = handle(readingFeatures(contractWith(protobuf({ message: 'Reading' }))));
    expect(await handler(mappingEvent([withValue(1, framed(2, payload))]), lambda)).toEqual(nothingFailed);
    expect(await vectors()).toEqual([{ mean: 2.5 }]);
  });
});

describe('a function whose source is in JSON', () => {
  it('needs no registry, also where the values have its header', async () => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'features');
    vi.stubEnv('FRESHET_REGISTRY', undefined);
    const { value } = reading(1, { value: 3 });
    const handler = handle(readingFeatures(contractWith(json())));
    const event = mappingEvent([withValue(1, framed(1, value ?? new Uint8Array()))]);
    expect(await handler(event, lambda)).toEqual(nothingFailed);
    expect(await vectors()).toEqual([{ mean: 3 }]);
  });
});

describe('a context', () => {
  it('asks for a registry by its own source, and not by that of the events', () => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'context-climate');
    vi.stubEnv('FRESHET_REGISTRY', undefined);
    expect(() => handle(contextStage(contractWith(), 'climate'))).not.toThrow();
  });
});
