import { describe, expect, it } from 'vitest';
import { lengthPrefixed } from '../../../../lib/core/identity.ts';
import { bytesOf } from '../../../../lib/core/record.ts';
import { letterName } from '../../../../lib/ops/letters/letter.ts';
import { listLetters } from '../../../../lib/ops/letters/list-letters.ts';
import { planRedrive } from '../../../../lib/ops/letters/redrive.ts';
import { openOpsBench } from '../../../support/ops-bench.ts';
import { ordersStages } from '../../../support/orders-stages.ts';
import { headersOf } from '../../../support/stage-records.ts';

describe('letters of others', () => {
  it.each([
    ['Kafka Connect', '__connect.errors.', 'VALUE_CONVERTER'],
    ['Kafka Streams', '__streams.errors.', 'source-node'],
    ['share groups', '__dlq.errors.', 'consume'],
  ])('%s: read, and not redrivable', async (_, prefix, place) => {
    const bench = await openOpsBench(ordersStages);
    await bench.append({
      topic: 'orders-v2.dlq',
      key: bytesOf('ada'),
      value: bytesOf('x'),
      headers: headersOf({
        [`${prefix}topic`]: 'orders-v2',
        [`${prefix}partition`]: '2',
        [`${prefix}offset`]: '3000000000',
        [`${prefix}stage`]: place,
        [`${prefix}exception.class.name`]: 'DataException',
        [`${prefix}exception.message`]: 'no magic byte',
      }),
    });
    const letters = await listLetters(bench.deployment);
    expect(letters).toMatchObject([
      {
        writer: 'other',
        reason: 'DataException',
        message: 'no magic byte',
        record: { topic: 'orders-v2', partition: 2, offset: 3_000_000_000 },
      },
    ]);
    expect(letters.map(letterName)).toEqual([`${place}/2/3000000000`]);
    const plan = await planRedrive(bench.deployment, letters, { pastDeadline: false });
    expect(plan.redrives).toMatchObject([
      { kind: 'not-redrivable', why: expect.stringContaining(`${place} wrote it`) },
    ]);
  });

  it('Spring: read, its numbers in big-endian bytes', async () => {
    const bench = await openOpsBench(ordersStages);
    const number = (bytes: readonly number[]): Uint8Array => Uint8Array.from(bytes);
    await bench.append({
      topic: 'orders-v2.dlq',
      key: bytesOf('ada'),
      value: bytesOf('x'),
      headers: [
        ...headersOf({
          'kafka_dlt-original-topic': 'orders-v2',
          'kafka_dlt-original-consumer-group': 'billing',
          'kafka_dlt-exception-fqcn': 'DeserializationException',
          'kafka_dlt-exception-message': 'no magic byte',
        }),
        { name: 'kafka_dlt-original-partition', value: number([0, 0, 0, 2]) },
        { name: 'kafka_dlt-original-offset', value: number([0, 0, 0, 0, 0xb2, 0xd0, 0x5e, 0]) },
      ],
    });
    const letters = await listLetters(bench.deployment);
    expect(letters).toMatchObject([
      {
        writer: 'other',
        place: 'billing',
        reason: 'DeserializationException',
        message: 'no magic byte',
        record: { topic: 'orders-v2', partition: 2, offset: 3_000_000_000 },
      },
    ]);
  });

  it('a record that says nothing about itself is shown where it stands', async () => {
    const bench = await openOpsBench(ordersStages);
    await bench.append({
      topic: 'orders-v2.dlq',
      key: null,
      value: bytesOf('{"requestContext":1}'),
      headers: [],
    });
    expect(await listLetters(bench.deployment)).toMatchObject([
      { id: expect.stringContaining(lengthPrefixed(['orders-v2.dlq'])), reason: 'unknown', writer: 'other' },
    ]);
  });
});
