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
    });
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
  ])('has no such member: %o', (wanted, message) => {
    expect(refusal(readings, wanted)).toContain(message);
  });

  it('is told of everything at once', () => {
    expect(refusal([{ ok: true }]).match(/^ {2}--/gm)).toHaveLength(2);
  });
});
