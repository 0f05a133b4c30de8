import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { avro, json, protobuf } from '../../../../lib/core/contract/formats.ts';
import { resolveContract } from '../../../../lib/core/contract/resolve.ts';
import { existingTopic, topic } from '../../../../lib/core/contract/topics.ts';
import type { Problem } from '../../../../lib/core/errors.ts';
import { configErrorOf } from '../../../support/config-error.ts';
import { fullOptions, validOptions, withValue } from '../../../support/trigger-options.ts';

const formatAt = 'source.options.format';

const resolved = (format: unknown): unknown =>
  resolveContract(withValue(validOptions, formatAt, format)).source.format;

const problemsOf = (options: Parameters<typeof resolveContract>[0]): readonly Problem[] =>
  configErrorOf(() => resolveContract(options)).problems;

describe('the format of a topic', () => {
  it('is JSON, unless the contract says otherwise', () => {
    expect(resolveContract(validOptions).source.format).toEqual(json());
    expect(resolved(json())).toEqual({ format: 'json' });
    expect(resolved(avro())).toEqual({ format: 'avro' });
    expect(resolved(protobuf())).toEqual({ format: 'protobuf', message: null });
    expect(resolved(protobuf({ message: 'doors.v1.Opened' }))).toEqual({
      format: 'protobuf',
      message: 'doors.v1.Opened',
    });
  });

  it('is each context’s own', () => {
    const { source, context } = resolveContract(
      withValue(fullOptions, 'context.schedule.source.options.format', avro()),
    );
    expect([source.format, context['schedule']?.source.format]).toEqual([json(), avro()]);
  });

  it.each([
    ['a word', 'avro', 'source.format', '"avro"', 'json(), avro() or protobuf(…)'],
    ['the function', avro, 'source.format', 'a function', 'json(), avro() or protobuf(…)'],
    ['another policy', { policy: 'keyed' }, 'source.format', 'an object', 'json(), avro() or protobuf(…)'],
    ['one that nobody reads', { format: 'thrift' }, 'source.format.format', '"thrift"', "'protobuf'"],
    [
      'a message that is no name',
      { format: 'protobuf', message: 7 },
      'source.format.message',
      '7',
      'a string',
    ],
    [
      'a message in Avro',
      { format: 'avro', message: 'a.B' },
      'source.format.message',
      'a member that nothing reads',
      'one of format',
    ],
  ])('cannot be %s', (_, format, path, got, expected) => {
    expect(problemsOf(withValue(validOptions, formatAt, format))).toEqual([
      expect.objectContaining({ path, got, expected: expect.stringContaining(expected) }),
    ]);
  });

  it.each(['', '.doors.v1.Opened', 'doors..Opened', 'doors/v1', 'doors.1', 'two words'])(
    'cannot take only the message "%s"',
    (message) => {
      expect(problemsOf(withValue(validOptions, formatAt, protobuf({ message })))).toMatchObject([
        { path: 'source.format.message', got: JSON.stringify(message) },
      ]);
    },
  );

  it('cannot be two for one topic', () => {
    const events = { opened: Type.Object({ door: Type.String(), at: Type.String() }) };
    const read = (format: ReturnType<typeof json | typeof avro | typeof protobuf>) =>
      existingTopic('Doors_v2', { key: 'door', time: 'at', events, format });
    const twice = (first: Parameters<typeof read>[0], second: Parameters<typeof read>[0]) =>
      withValue(withValue(fullOptions, 'source', read(first)), 'context.schedule.source', read(second));
    expect(problemsOf(twice(avro(), protobuf({ message: 'a.B' })))).toMatchObject([
      {
        path: 'context.schedule.source.format',
        got: 'protobuf({ message: "a.B" }), and avro() for the same topic at source',
      },
    ]);
    expect(problemsOf(twice(protobuf(), protobuf({ message: 'a.B' })))).toHaveLength(1);
    expect(resolveContract(twice(avro(), avro())).warnings).not.toContainEqual(
      expect.stringContaining('format'),
    );
    // A created topic has the environment before its name: it is another one.
    const created = topic('building.door.opened', { key: 'door', time: 'at', events, format: avro() });
    const other = existingTopic('building.door.opened', { key: 'door', time: 'at', events });
    expect(() =>
      resolveContract(withValue(withValue(fullOptions, 'source', created), 'context.schedule.source', other)),
    ).not.toThrow();
  });
});

describe('a name with an underscore', () => {
  const events = { opened: Type.Object({ door_id: Type.String(), at: Type.String() }) };
  const warningsOf = (format: ReturnType<typeof json | typeof protobuf>): readonly string[] =>
    resolveContract(
      withValue(
        validOptions,
        'source',
        topic('building.door.opened', { key: 'door_id', time: 'at', events, format }),
      ),
    ).warnings;

  it('is warned of in Protobuf, whose JSON has lowerCamelCase', () => {
    expect(warningsOf(protobuf())).toEqual([
      expect.stringMatching(/^source\.key: "door_id" has an underscore/),
    ]);
    expect(warningsOf(json())).toEqual([]);
  });
});
