import { describe, expect, it } from 'vitest';
import { judgeRoles, type Judged, type WantedRoles } from '../../../lib/new/roles.ts';
import { configErrorOf } from '../../support/config-error.ts';
import { sampleLines, shapeOfLines } from '../../support/sample-lines.ts';

const at = (minute: number): string => `2026-01-05T08:0${minute}:00Z`;

const judged = (events: readonly object[], wanted: WantedRoles = {}): Judged => {
  const lines = sampleLines(...events);
  return judgeRoles(shapeOfLines(lines), lines, wanted);
};

const readings = [
  {
    id: 'r-1',
    version: 3,
    room: 'a',
    meterId: 'm-1',
    at: at(0),
    seen: at(5),
    celsius: 20.5,
    battery: { volts: 3 },
  },
  {
    id: 'r-2',
    version: 3,
    room: 'a',
    meterId: 'm-2',
    at: at(1),
    seen: at(6),
    celsius: 21.5,
    battery: { volts: 2 },
  },
  {
    id: 'r-3',
    version: 3,
    room: 'b',
    meterId: 'm-1',
    at: at(2),
    seen: at(7),
    celsius: 19.5,
    battery: { volts: 3 },
  },
];

describe('what the members of a sample are', () => {
  it('is guessed from their names and values, the best first', () => {
    expect(judged(readings)).toEqual({
      roles: { key: 'meterId', time: 'at', value: ['celsius'], id: 'id' },
      key: ['meterId', 'room', 'version'],
      time: ['at', 'seen'],
      value: ['celsius', 'battery.volts', 'version'],
      id: ['id'],
      rounded: [],
    });
  });

  it('is one thing for each: what is guessed gives way to what is named', () => {
    const events = [
      { no: 1, room: 'a', uuid: 10, at: at(0), n: 2 },
      { no: 1, room: 'a', uuid: 11, at: at(1), n: 3 },
    ];
    expect(judged(events).roles).toMatchObject({ key: 'no', value: ['n'], id: 'uuid' });
    expect(judged(events, { value: 'no' }).roles).toMatchObject({ key: 'room', value: ['no'] });
    expect(judged(events, { value: 'uuid' }).roles).toMatchObject({ value: ['uuid'], id: undefined });
  });

  it('is nothing of what loses digits, unless somebody watches it', () => {
    // Two identities that are one number in JavaScript.
    const events = [
      { id: 1, machine: Number('9007199254740992'), room: 'a', at: at(0) },
      { id: Number('9007199254740993'), machine: 2, room: 'b', at: at(1) },
    ];
    expect(judged(events)).toEqual({
      roles: { key: 'room', time: 'at', value: undefined, id: undefined },
      key: ['room'],
      time: ['at'],
      value: [],
      id: [],
      rounded: ['id', 'machine'],
    });
    expect(judged(events, { value: 'machine' }).roles.value).toEqual(['machine']);
  });

  it('is what somebody says, a number inside another member too', () => {
    expect(
      judged(readings, { key: 'room', time: 'seen', value: 'battery.volts', id: 'meterId' }).roles,
    ).toEqual({
      key: 'room',
      time: 'seen',
      value: ['battery', 'volts'],
      id: 'meterId',
    });
  });

  it('has no identity where no member is named and distinct like one', () => {
    expect(judged(readings.map((reading) => ({ ...reading, id: 'same' }))).roles.id).toBeUndefined();
    const { roles } = judged([
      { orderId: 'o-1', at: at(0) },
      { orderId: 'o-2', at: at(1) },
    ]);
    expect(roles).toEqual({ key: 'orderId', time: 'at', value: undefined, id: undefined });
  });

  it('never takes what is named as the identity for the key', () => {
    expect(judged(readings, { id: 'meterId' }).roles).toMatchObject({ key: 'room', id: 'meterId' });
  });

  it('takes the identity for the key where there is nothing else', () => {
    expect(judged([{ id: 1, at: at(0), ok: true }]).roles).toEqual({
      key: 'id',
      time: 'at',
      value: undefined,
      id: undefined,
    });
  });

  it('is none that some events lack, or that may be null', () => {
    expect(
      judged([
        { a: 'x', b: 'x', n: 1, at: at(0) },
        { b: 'y', n: null, at: at(1) },
      ]),
    ).toMatchObject({
      key: ['b'],
      value: [],
    });
  });
});

describe('a sample that cannot serve', () => {
  const refusal = (events: readonly object[], wanted: WantedRoles = {}): string =>
    configErrorOf(() => judged(events, wanted)).message;

  it.each<[string, readonly object[], string]>([
    [
      'none',
      [{ a: 'x' }],
      '--time: got no member that is a time in every event; expected one at the top level',
    ],
    [
      'a number',
      [{ a: 'x', ts: 1_767_600_000_000 }],
      'in every event: ts may be a time, as a number; expected',
    ],
    ['without a zone', [{ a: 'x', on: '2026-01-05 08:00' }], 'on is a date or a time without its zone'],
    ['inside another', [{ a: 'x', meta: { at: at(0) } }], 'meta.at is a time, inside another member'],
  ])('has no time: %s', (_, events, message) => {
    expect(refusal(events)).toContain(message);
  });

  it('has its key inside another member: says how to lift it', () => {
    const message = refusal([{ customer: { id: 'c-1' }, at: at(0), total: 1.5 }]);
    expect(message).toContain(
      '--key: got no member that could be the Kafka key; customer.id lies inside another member',
    );
    expect(message).toContain("jq -c '. + {customerId: .customer.id}'");
  });

  it.each<[WantedRoles, string]>([
    [{ key: 'customer' }, '--key: got "customer", which is no member of the events; expected one of'],
    [{ key: 'battery.volts' }, '--key: got "battery.volts", which lies inside another member'],
    [{ time: 'room' }, '--time: got "room", which is string in the sample; expected one of at, seen'],
    [{ value: 'room' }, '--value: got "room", which is string in the sample; expected one of celsius'],
    [{ id: 'celsius' }, '--id: got "celsius", which is number in the sample'],
    [{ id: 'room', key: 'room' }, '--id: got "room", which is the key too; expected another member'],
    [
      { value: 'version', key: 'version' },
      '--value: got "version", which is the key too; expected a member of its own for each. Fix: leave --value out, or name another key',
    ],
    [{ value: 'version', id: 'version' }, '--id: got "version", which is the value too'],
  ])('has no such member: %o', (wanted, message) => {
    expect(refusal(readings, wanted)).toContain(message);
  });

  it.each<[WantedRoles, string]>([
    [{ id: 'id' }, '--id: got "id", which is the key too'],
    [{ value: 'id' }, '--value: got "id", which is the key too'],
  ])('has only one member that could be the key, which is something else: %o', (wanted, message) => {
    expect(refusal([{ id: 1, at: at(0), celsius: 20.5 }], wanted)).toContain(message);
  });

  it('has numbers too large to name anything', () => {
    const events = [{ machine: 2 ** 53, at: at(0), celsius: 20.5 }];
    const expected =
      'whole numbers of 2^53 and beyond, which lose their last digits; expected one at the top level of every event, a string or an integer: what the event is about. Fix: have the producer send it as a text.';
    expect(refusal(events)).toContain(
      `--key: got no member that could be the Kafka key; machine has ${expected}`,
    );
    for (const role of ['key', 'id'] as const)
      expect(refusal([{ ...events[0], room: 'a' }], { [role]: 'machine' })).toContain(
        `--${role}: got "machine", which has whole numbers of 2^53 and beyond, which lose their last digits; expected one of room. Fix: have the producer send it as a text.`,
      );
  });

  it('is told of everything at once', () => {
    expect(refusal([{ ok: true }]).match(/^ {2}--/gm)).toHaveLength(2);
  });
});
