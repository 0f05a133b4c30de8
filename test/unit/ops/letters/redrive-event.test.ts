import { expect, it } from 'vitest';
import { bytesOf } from '../../../../lib/core/record.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { redriveEvent } from '../../../../lib/ops/letters/redrive-event.ts';
import { redriveOf, type RedriveEvent } from '../../../../lib/runtime/redrive-event.ts';

it('a redrive event is what the runtime reads, byte for byte', () => {
  const record = {
    topic: 't',
    topicId: 'id',
    partition: 2,
    offset: 2 ** 40,
    timestamp: epochMsOf(1_767_600_000_000),
    timestampType: 'CREATE_TIME',
    key: Uint8Array.of(0, 255),
    value: null,
    headers: [
      { name: 'ë', value: bytesOf('ë') },
      { name: 'ë', value: Uint8Array.of(128) },
    ],
  } as const;
  const event: RedriveEvent = redriveEvent(record, null, { topicId: 'id', number: 3, pastDeadline: true });
  const read = redriveOf(JSON.parse(JSON.stringify(event)) as RedriveEvent);
  expect(read.redrive).toEqual({ topicId: 'id', number: 3, pastDeadline: true });
  const { topic, partition, offset, timestamp, timestampType, value } = record;
  expect(read.record).toMatchObject({ topic, partition, offset, timestamp, timestampType, value });
  expect([...(read.record.key ?? [])]).toEqual([0, 255]);
  expect(read.record.headers.map(({ name, value: bytes }) => [name, [...bytes]])).toEqual([
    ['ë', [195, 171]],
    ['ë', [128]],
  ]);
});

it.each([
  [['b-1:9098', 'b-2:9098'], 'b-1:9098,b-2:9098'],
  [null, undefined],
])('a redrive event for brokers %j names %s', (brokers, named) => {
  const record = {
    topic: 't',
    topicId: 'id',
    partition: 0,
    offset: 1,
    timestamp: epochMsOf(0),
    timestampType: 'CREATE_TIME',
    key: null,
    value: null,
    headers: [],
  } as const;
  const event = redriveEvent(record, brokers, { topicId: 'id', number: 1, pastDeadline: false });
  expect(event.bootstrapServers).toBe(named);
});
