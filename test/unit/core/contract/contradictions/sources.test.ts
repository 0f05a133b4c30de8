import { Type } from 'typebox';
import { describe } from 'vitest';
import { itAllows, itRefuses, Opened, sourceOf } from '../../../../support/contradictions.ts';
import { fullOptions, validOptions } from '../../../../support/trigger-options.ts';

describe('a contract is refused for', () => {
  itRefuses(validOptions, [
    ['no events', 'source', sourceOf({ events: {} }), 'source.events'],
    ['a key that no event has', 'source', sourceOf({ key: 'room' }), 'source.key', 'no such member'],
    [
      'a key that is optional',
      'source',
      sourceOf({
        events: { opened: Type.Object({ door: Type.Optional(Type.String()), at: Type.String() }) },
      }),
      'source.key',
      'optional',
    ],
    [
      'a key that one event of two lacks',
      'source',
      sourceOf({ events: { opened: Opened, closed: Type.Object({ at: Type.String() }) } }),
      'source.key',
      '"closed"',
    ],
    ['a time that no event has', 'source', sourceOf({ time: 'when' }), 'source.time'],
    [
      'a time that is a number',
      'source',
      sourceOf({ events: { opened: Type.Object({ door: Type.String(), at: Type.Integer() }) } }),
      'source.time',
      'integer',
    ],
    [
      'a key that may be null',
      'source',
      sourceOf({
        events: {
          opened: Type.Object({ door: Type.Union([Type.String(), Type.Null()]), at: Type.String() }),
        },
      }),
      'source.key',
      'null',
    ],
    [
      'an id that no event has',
      'source',
      sourceOf({ identify: { source: '/doors', id: 'number' } }),
      'source.identify.id',
    ],
    [
      'a type that no event has',
      'source',
      sourceOf({ identify: { source: '/doors', id: 'door', type: 'kind' } }),
      'source.identify.type',
    ],
    [
      'a time of publication that no event has',
      'source',
      sourceOf({ identify: { source: '/doors', id: 'door', publishedAt: 'sent' } }),
      'source.identify.publishedAt',
    ],
    [
      'event types that nothing tells apart',
      'source',
      sourceOf({ events: { opened: Opened, closed: Opened }, identify: { source: '/doors', id: 'door' } }),
      'source.identify.type',
    ],
    [
      'an empty source of identity',
      'source',
      sourceOf({ identify: { source: '', id: 'door' } }),
      'source.identify.source',
    ],
  ]);

  itRefuses(fullOptions, [
    [
      'a context without events',
      'context.schedule.source.options.events',
      {},
      'context.schedule.source.events',
    ],
    [
      'a context key that is not there',
      'context.schedule.source.options.key',
      'room',
      'context.schedule.source.key',
    ],
  ]);
});

describe('the bounds themselves are allowed', () => {
  itAllows(validOptions, [
    [
      'an event made of two',
      'source',
      sourceOf({ events: { opened: Type.Intersect([Opened, Type.Object({ extra: Type.String() })]) } }),
    ],
    [
      'a key of several constants',
      'source',
      sourceOf({
        events: {
          opened: Type.Object({
            door: Type.Union([Type.Literal('a'), Type.Literal('b')]),
            at: Type.String(),
          }),
        },
      }),
    ],
  ]);
});
