import { describe, expect, it } from 'vitest';
import { bytesOf, textOf } from '../../../../lib/core/record.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import {
  discardObject,
  kafkaLetters,
  type Discarded,
} from '../../../../lib/local/event-source/destination.ts';
import { kafkaEvent } from '../../../../lib/local/event-source/event.ts';
import { loggedRecord, mappingConfig, START } from '../../../support/mapping-bench.ts';

const config = mappingConfig({
  source: { kind: 'msk', arn: 'arn:aws:kafka:cluster', bootstrapServers: ['b-1:9098', 'b-2:9098'] },
});
const context = { config, requestId: 'request-7', at: epochMsOf(START + 1_500) };
const records = [
  loggedRecord(0, 100),
  loggedRecord(0, 102, { timestamp: epochMsOf(START + 20) }),
  loggedRecord(1, 7, { key: null }),
];
const discarded: Discarded = {
  condition: 'retries-exhausted',
  unfinished: records,
  handedOver: records,
  invocationId: 7,
  invokeCount: 3,
  functionError: 'Unhandled',
};

describe('kafka:// destination', () => {
  it('gets one record for each, under its own key, with metadata and payload', () => {
    const letters = kafkaLetters('orders.dlq', discarded, context);
    expect(letters.map(({ topic, key }) => [topic, key])).toEqual([
      ['orders.dlq', bytesOf('key-0')],
      ['orders.dlq', bytesOf('key-0')],
      ['orders.dlq', null],
    ]);
    const payload = kafkaEvent(config.source, [records[1]!]);
    expect(JSON.parse(textOf(letters[1]!.value!))).toEqual({
      requestContext: {
        requestId: 'request-7',
        functionArn: config.functionArn,
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: '2026-01-01T00:00:01.500Z',
      KafkaBatchInfo: {
        batchSize: 1,
        eventSourceArn: 'arn:aws:kafka:cluster',
        bootstrapServers: 'b-1:9098,b-2:9098',
        payloadSize: Buffer.byteLength(JSON.stringify(payload)),
        recordInfo: { offset: '102', timestamp: '2026-01-01T00:00:00.020Z' },
      },
      payload,
    });
  });
});

describe('S3 destination', () => {
  it('gets one object for the batch, its payload an escaped string', () => {
    const object = discardObject(discarded, context, 'unique');
    expect(object.key).toBe(`aws/lambda/${config.uuid}/orders-0/2026/01/01/2026-01-01T00.00.01-unique`);
    const payload = JSON.stringify(kafkaEvent(config.source, records));
    expect(JSON.parse(object.body)).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted' },
      KafkaBatchInfo: {
        batchSize: 3,
        payloadSize: Buffer.byteLength(payload),
        recordsInfo: {
          'orders-0': {
            firstRecordOffset: '100',
            lastRecordOffset: '102',
            firstRecordTimestamp: '2026-01-01T00:00:00.000Z',
            lastRecordTimestamp: '2026-01-01T00:00:00.020Z',
          },
          'orders-1': { firstRecordOffset: '7', lastRecordOffset: '7' },
        },
      },
      payload,
    });
  });

  it('has no response of what was never invoked, and no function error after a partial response', () => {
    const bodyOf = (more: Partial<Discarded>): unknown =>
      JSON.parse(discardObject({ ...discarded, ...more }, context, 'unique').body);
    expect(bodyOf({ condition: 'payload-too-large', invocationId: null, invokeCount: 0 })).toMatchObject({
      requestContext: { condition: 'MaximumPayloadSizeExceeded', approximateInvokeCount: 0 },
      responseContext: null,
    });
    expect(bodyOf({ functionError: null })).toMatchObject({
      responseContext: { statusCode: 200, executedVersion: '$LATEST' },
    });
    expect(JSON.stringify(bodyOf({ functionError: null }))).not.toContain('functionError');
    expect(bodyOf({ condition: 'age-exceeded' })).toMatchObject({
      requestContext: { condition: 'RecordAgeExceeded' },
    });
  });

  it('names no cluster where it is self-managed', () => {
    const { body } = discardObject(discarded, { ...context, config: mappingConfig() }, 'unique');
    expect(body).not.toContain('eventSourceArn');
  });
});
