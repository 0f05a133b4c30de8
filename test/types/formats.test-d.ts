import { Type } from 'typebox';
import { expectTypeOf, it } from 'vitest';
import { avro, json, protobuf, type WireFormat } from '../../lib/core/contract/formats.ts';
import { topic } from '../../lib/core/contract/topics.ts';

const options = {
  key: 'id',
  time: 'at',
  events: { made: Type.Object({ id: Type.String(), at: Type.String() }) },
};

it('a format is a value, and carries the options of its own only', () => {
  expectTypeOf([json(), avro(), protobuf(), protobuf({ message: 'a.B' })]).toExtend<WireFormat[]>();
  topic('a.b.c', { ...options, format: avro() });
  // @ts-expect-error a word is no format
  topic('a.b.c', { ...options, format: 'avro' });
  // @ts-expect-error Avro has no message
  avro({ message: 'a.B' });
  // @ts-expect-error a message is named
  protobuf({ message: 7 });
});
