import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../../lib/core/record.ts';
import { kafkaEvent } from '../../../../lib/local/event-source/event.ts';
import type { ClusterSource } from '../../../../lib/local/event-source/mapping.ts';
import { loggedRecord, START } from '../../../support/mapping-bench.ts';

const selfManaged: ClusterSource = { kind: 'self-managed', bootstrapServers: ['a:9092', 'b:9092'] };

describe('the event', () => {
  it('is what Lambda sends for a self-managed cluster', () => {
    const record = loggedRecord(0, 2 ** 40, {
      key: bytesOf('JFK'),
      value: bytesOf('{"ü":1}'),
      headers: [
        { name: 'name', value: bytesOf('ë') },
        { name: 'name', value: bytesOf('') },
      ],
    });
    expect(kafkaEvent(selfManaged, [record])).toEqual({
      eventSource: 'SelfManagedKafka',
      bootstrapServers: 'a:9092,b:9092',
      records: {
        'orders-0': [
          {
            topic: 'orders',
            partition: 0,
            offset: 1_099_511_627_776,
            timestamp: START,
            timestampType: 'LOG_APPEND_TIME',
            key: 'SkZL',
            value: Buffer.from('{"ü":1}').toString('base64'),
            headers: [{ name: [-61, -85] }, { name: [] }],
          },
        ],
      },
    });
  });

  it('names the cluster for MSK', () => {
    const source: ClusterSource = {
      kind: 'msk',
      arn: 'arn:aws:kafka:cluster',
      bootstrapServers: ['b-1:9098'],
    };
    expect(kafkaEvent(source, [])).toEqual({
      eventSource: 'aws:kafka',
      eventSourceArn: 'arn:aws:kafka:cluster',
      bootstrapServers: 'b-1:9098',
      records: {},
    });
  });

  it('leaves out a key that is absent and the value of a tombstone, and keeps those that are empty', () => {
    const [absent, empty] = kafkaEvent(selfManaged, [
      loggedRecord(0, 0, { key: null, value: null }),
      loggedRecord(0, 1, { key: bytesOf(''), value: bytesOf('') }),
    ]).records['orders-0']!;
    expect(Object.keys(absent!)).not.toContain('key');
    expect(Object.keys(absent!)).not.toContain('value');
    expect(empty).toMatchObject({ key: '', value: '' });
  });

  it('groups by partition, in order', () => {
    const { records } = kafkaEvent(selfManaged, [loggedRecord(3, 5), loggedRecord(3, 6), loggedRecord(1, 9)]);
    expect(Object.entries(records).map(([key, list]) => [key, list.map(({ offset }) => offset)])).toEqual([
      ['orders-3', [5, 6]],
      ['orders-1', [9]],
    ]);
  });
});
