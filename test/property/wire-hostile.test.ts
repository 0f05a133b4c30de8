import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { avroLibrary } from '../../lib/adapters/wire/avro.ts';
import { jsonValues } from '../../lib/adapters/wire/json-values.ts';
import { protobufLibrary } from '../../lib/adapters/wire/protobuf.ts';
import { registryValues } from '../../lib/adapters/wire/registry-values.ts';
import type { SchemaRegistry } from '../../lib/adapters/wire/registry.ts';
import { PermanentRecordError, TransientError } from '../../lib/core/errors.ts';
import { originalHeaders } from '../../lib/core/dead-letter.ts';
import { framed } from '../support/fake-registry.ts';
import { StageBench } from '../support/stage-bench.ts';
import { reading, topics } from '../support/stage-records.ts';

const avroText = JSON.stringify({
  type: 'record',
  name: 'Tree',
  fields: [
    { name: 'text', type: 'string' },
    { name: 'nothing', type: { type: 'array', items: 'null' } },
    {
      name: 'numbers',
      type: { type: 'map', values: ['long', 'double', { type: 'int', logicalType: 'date' }] },
    },
    { name: 'more', type: { type: 'array', items: 'Tree' } },
    { name: 'next', type: ['null', 'Tree'] },
  ],
});
const protobufText = `syntax = "proto3";
  import "google/protobuf/timestamp.proto"; import "google/protobuf/struct.proto"; import "google/protobuf/any.proto";
  message Tree {
    string text = 1; repeated int64 numbers = 2; map<string, Tree> more = 3; Tree next = 4;
    google.protobuf.Timestamp at = 5; google.protobuf.Struct free = 6; google.protobuf.Any any = 7;
  }`;

/** Knows schema 1; 2 is what it cannot say now, and the rest it does not have. */
const registryOf = (type: string, text: string): SchemaRegistry => ({
  schema: async (id) => {
    if (id === 1) return { id, type, text, references: [] };
    throw id === 2
      ? new TransientError('REGISTRY_UNAVAILABLE', { message: 'down' })
      : new PermanentRecordError('UNKNOWN_SCHEMA', { message: 'none' });
  },
});

const payload = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  // Close to what the schemas say: small counts, lengths and tags.
  fc.uint8Array({ maxLength: 200, max: 0x2a }),
);
const glueHeader = Buffer.concat([Uint8Array.of(3, 5), Buffer.alloc(16)]);
const value = fc.oneof(
  payload,
  fc.tuple(fc.constantFrom(1, 1, 1, 2, 3), payload).map(([id, bytes]) => framed(id, bytes)),
  payload.map((bytes) => Buffer.concat([glueHeader, bytes])),
);

describe.each([
  ['JSON', jsonValues],
  ['Avro', registryValues(registryOf('AVRO', avroText), avroLibrary)],
  ['Protobuf', registryValues(registryOf('PROTOBUF', protobufText), protobufLibrary({ message: null }))],
])('whatever bytes come in %s', (_, values) => {
  it('every record has a verdict, and what will never be read is a letter with its own bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 6 }), async (all) => {
        const bench = new StageBench();
        bench.values = values;
        const records = all.map((bytes, offset) => ({
          ...reading(offset),
          key: Uint8Array.of(offset),
          value: bytes,
        }));
        const { verdicts } = await bench.features(records);
        expect(verdicts).toHaveLength(all.length);
        for (const verdict of verdicts)
          expect(verdict).toMatch(
            /^(?:dead-lettered\((?:not-json|undecodable|unknown-schema|schema)\)|retry\(registry-unavailable\))$/,
          );
        const lettered = records.filter((__, offset) => verdicts[offset]?.startsWith('dead-lettered'));
        expect(
          bench.producer.out.map(({ topic, key, value: bytes, headers }) => ({
            topic,
            key,
            value: bytes,
            headers: originalHeaders(headers),
          })),
        ).toEqual(
          lettered.map(({ key, value: bytes, headers }) => ({
            topic: topics.sourceLetters,
            key,
            value: bytes,
            headers,
          })),
        );
      }),
      { numRuns: 150 },
    );
  });
});
