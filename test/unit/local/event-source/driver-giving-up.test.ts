import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../../../lib/core/record.ts';
import type { InvocationResult } from '../../../../lib/local/event-source/function-host.ts';
import type { KafkaEvent } from '../../../../lib/runtime/kafka-event.ts';
import { openEventSourceBench, valuesOf } from '../../../support/event-source-bench.ts';
import { failed, ok } from '../../../support/mapping-bench.ts';

const poison = (values: readonly number[]): InvocationResult => (values.includes(3) ? failed : ok());

describe('what it gives up on', () => {
  const giving = { retries: 0, bisect: true, batchSize: 5 } as const;

  it('is noted before it is committed past, and dropped without a destination', async () => {
    const bench = await openEventSourceBench();
    await bench.append(8);
    const noted: number[] = [];
    let failures = 2;
    const { source } = bench.eventSource(giving, poison, {
      gaveUp: async (records) => {
        if (failures-- > 0) throw new Error('the journal is not there');
        noted.push(await bench.committed(), records.length);
      },
    });
    await source.start();
    await source.drained();
    expect(noted[0]).toBeLessThan(8);
    expect(noted[1]).toBe(1);
    expect(await bench.committed()).toBe(8);
    expect(source.counters.DroppedEventCount).toBe(1);
  });

  it('reaches a Kafka topic under its own key', async () => {
    const bench = await openEventSourceBench();
    await bench.append(8);
    await bench.createTopic('orders.dlq', 1);
    const { source, gaveUp, requestIds, batches } = bench.eventSource(
      { ...giving, destination: { kind: 'kafka', topic: 'orders.dlq' } },
      poison,
    );
    await source.start();
    await source.drained();
    const letters = await bench.embedded.log.read({
      topic: 'orders.dlq',
      partition: 0,
      from: 0,
      maxRecords: 10,
      maxBytes: 1e6,
    });
    expect(letters.map(({ key }) => textOf(key!))).toEqual(['key-3']);
    const letter = JSON.parse(textOf(letters[0]!.value!)) as {
      payload: KafkaEvent;
      requestContext: { requestId: string };
    };
    expect(valuesOf(letter.payload)).toEqual([3]);
    const last = batches.findLastIndex((batch) => batch.includes(3));
    expect(letter.requestContext.requestId).toBe(requestIds[last]);
    expect(gaveUp).toEqual(['3 retries-exhausted']);
    expect(source.counters.OnFailureDestinationDeliveredEventCount).toBe(1);
  });

  it('is kept until its topic is there', async () => {
    const bench = await openEventSourceBench();
    await bench.append(8);
    const { source, gaveUp } = bench.eventSource(
      { ...giving, destination: { kind: 'kafka', topic: 'orders.dlq' } },
      poison,
    );
    await source.start();
    await expect.poll(() => source.counters.OnFailureDestinationDeliveryErrorCount).toBeGreaterThan(1);
    expect(gaveUp).toEqual([]);
    expect(await bench.committed()).toBeLessThan(8);
    await bench.createTopic('orders.dlq', 1);
    await source.drained();
    expect(await bench.committed()).toBe(8);
  });

  it('that its topic refuses for its size is dropped only where that is chosen', async () => {
    const bench = await openEventSourceBench();
    await bench.append(8);
    await bench.createTopic('orders.dlq', 1, 10);
    const { source, gaveUp } = bench.eventSource(
      {
        ...giving,
        destination: { kind: 'kafka', topic: 'orders.dlq' },
        undocumented: { whenRefused: 'dropped' },
      },
      poison,
    );
    await source.start();
    await source.drained();
    expect(gaveUp).toEqual(['3 retries-exhausted']);
    expect(source.counters).toMatchObject({
      DroppedEventCount: 1,
      OnFailureDestinationDeliveredEventCount: 0,
      OnFailureDestinationDeliveryErrorCount: 1,
    });
  });

  it('reaches a bucket as one object', async () => {
    const bench = await openEventSourceBench();
    await bench.append(8);
    const bucket = join(bench.folder, 'bucket');
    expect(existsSync(bucket)).toBe(false);
    const { source } = bench.eventSource({ ...giving, destination: { kind: 's3', folder: bucket } }, poison);
    await source.start();
    await source.drained();
    const [object = '', ...more] = globSync(join(bucket, 'aws/lambda/*/orders-*/*/*/*/*'));
    expect(more).toEqual([]);
    const { payload } = JSON.parse(readFileSync(object, 'utf8')) as { payload: string };
    expect(valuesOf(JSON.parse(payload) as KafkaEvent)).toEqual([3]);
  });
});
