import { randomUUID } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Embedded } from '../../../../lib/adapters/sqlite/embedded.ts';
import type { Clock } from '../../../../lib/core/ports/clock.ts';
import type { OutputRecord } from '../../../../lib/core/record.ts';
import { bytesOf, textOf } from '../../../../lib/core/record.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { putIntoFolder } from '../../../../lib/local/event-source/bucket-folder.ts';
import { EventSource, type EventSourcePorts } from '../../../../lib/local/event-source/driver.ts';
import type { KafkaEvent } from '../../../../lib/runtime/kafka-event.ts';
import type { InvocationResult } from '../../../../lib/local/event-source/function-host.ts';
import type { MappingOptions } from '../../../../lib/local/event-source/mapping.ts';
import { MappingRegistry } from '../../../../lib/local/event-source/registry.ts';
import { resolveMapping } from '../../../../lib/local/event-source/resolve-mapping.ts';
import { embeddedFolder, type EmbeddedFolder } from '../../../support/embedded-folder.ts';
import { failed, ok } from '../../../support/mapping-bench.ts';

let folder: EmbeddedFolder;
let embedded: Embedded;
const sources: EventSource[] = [];

beforeEach(async () => {
  folder = embeddedFolder();
  embedded = folder.open();
  await createTopic('orders', 2);
});

afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.stop()));
  await folder.close();
});

const createTopic = (name: string, partitions: number, maxRecordBytes = 1_000_000): Promise<void> =>
  embedded.log.createTopics([{ name, partitions, retentionMs: 86_400_000, maxRecordBytes }]);

const append = async (count: number, from = 0): Promise<void> => {
  const records = Array.from({ length: count }, (_, index): OutputRecord => ({
    topic: 'orders',
    key: bytesOf(`key-${(from + index) % 7}`),
    value: bytesOf(String(from + index)),
    headers: [],
  }));
  await embedded.log.produce(records);
};

/** A clock that needs no time: a timer is over at the next turn, and then it is that much later. */
const leapingClock = (): Clock => {
  let leapt = 0;
  return {
    now: () => epochMsOf(folder.clock.now() + leapt),
    timer: (ms) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const turn = setImmediate(() => {
        leapt += ms;
        resolve();
      });
      return { elapsed: promise, cancel: () => clearImmediate(turn) };
    },
  };
};

const valuesOf = (event: KafkaEvent): readonly number[] =>
  Object.values(event.records)
    .flat()
    .map(({ value }) => Number(Buffer.from(value ?? '', 'base64').toString()));

interface Running {
  readonly source: EventSource;
  readonly batches: number[][];
  readonly requestIds: string[];
  readonly gaveUp: string[];
}

const run = (
  options: Partial<MappingOptions> = {},
  handle: (values: readonly number[]) => InvocationResult | Promise<InvocationResult> = () => ok(),
  ports: Partial<EventSourcePorts> = {},
): Running => {
  const batches: number[][] = [];
  const requestIds: string[] = [];
  const gaveUp: string[] = [];
  const clock = leapingClock();
  const config = resolveMapping(
    { functionName: 'billing', topic: 'orders', group: 'billing', pollers: 2, windowMs: 0, ...options },
    clock.now(),
  );
  const source = new EventSource(config, {
    log: embedded.log,
    groups: embedded.groups,
    clock,
    registry: new MappingRegistry(),
    newId: randomUUID,
    putObject: putIntoFolder,
    gaveUp: async (records, condition) => {
      for (const { value } of records) gaveUp.push(`${textOf(value!)} ${condition}`);
    },
    host: {
      invoke: async (event, { requestId }) => {
        const values = valuesOf(event);
        batches.push([...values]);
        requestIds.push(requestId);
        return handle(values);
      },
    },
    ...ports,
  });
  sources.push(source);
  return { source, batches, requestIds, gaveUp };
};

const committedOf = async (): Promise<number> =>
  (await embedded.groups.committed('billing')).reduce((sum, { offset }) => sum + offset, 0);

const poison = (values: readonly number[]): InvocationResult => (values.includes(3) ? failed : ok());

describe('an event source', () => {
  it('delivers everything and commits it, in order for each key', async () => {
    await append(50);
    const { source, batches, requestIds } = run({ batchSize: 4 });
    await source.start();
    await source.drained();
    expect(batches.flat().toSorted((one, other) => one - other)).toEqual([...Array(50).keys()]);
    for (let key = 0; key < 7; key += 1) {
      const ofKey = batches.flat().filter((value) => value % 7 === key);
      expect(ofKey).toEqual(ofKey.toSorted((one, other) => one - other));
    }
    expect(await committedOf()).toBe(50);
    expect(source.counters).toMatchObject({
      PolledEventCount: 50,
      InvokedEventCount: 50,
      CommittedEventCount: 50,
    });
    expect(new Set(requestIds).size).toBe(batches.length);
    for (const id of requestIds) expect(id).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it('another one goes on where the group has committed', async () => {
    await append(10);
    const first = run();
    await first.source.start();
    await first.source.drained();
    await first.source.stop();
    await append(5, 10);
    const second = run();
    await second.source.start();
    await second.source.drained();
    expect(second.batches.flat().toSorted((one, other) => one - other)).toEqual([10, 11, 12, 13, 14]);
  });

  it('waits for what is in flight when it stops, and lets go of its group only then', async () => {
    await append(1);
    const invoked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<InvocationResult>();
    const registry = new MappingRegistry();
    const { source } = run({}, () => (invoked.resolve(), answer.promise), { registry });
    await source.start();
    await invoked.promise;
    const stopped = source.stop();
    expect(source.state).toBe('Disabling');
    await expect(run({}, undefined, { registry }).source.start()).rejects.toMatchObject({
      code: 'GROUP_IN_USE',
    });
    answer.resolve(ok());
    await stopped;
    expect(await committedOf()).toBe(1);
    await run({}, undefined, { registry }).source.start();
  });

  it('looks into the log as soon as it is told to', async () => {
    const invoked = Promise.withResolvers<void>();
    const never: Clock = {
      now: folder.clock.now,
      timer: () => ({ elapsed: new Promise(() => {}), cancel: () => {} }),
    };
    const { source, batches } = run({}, () => (invoked.resolve(), ok()), { clock: never });
    await source.start();
    await append(1);
    expect(batches).toEqual([]);
    source.notify();
    await invoked.promise;
  });

  it('begins at what an operator set while it was disabled', async () => {
    await append(6);
    const { source, batches } = run();
    await source.start();
    await source.drained();
    await source.disable();
    const before = batches.flat().length;
    await embedded.groups.commit('billing', [
      { topic: 'orders', partition: 0, offset: 0 },
      { topic: 'orders', partition: 1, offset: 0 },
    ]);
    await source.enable();
    await source.drained();
    expect(batches.flat().length).toBe(before + 6);
  });

  it('takes changes over, and refuses what Lambda would', async () => {
    await append(20);
    const { source, batches } = run({ batchSize: 1 });
    await expect(source.update({ batchSize: 0 })).rejects.toThrow(/batchSize/);
    await source.update({ batchSize: 20 });
    await source.start();
    await source.drained();
    expect(batches).toHaveLength(2);
  });

  it('makes one change after the other', async () => {
    await append(3);
    const answers = Array.from({ length: 2 }, () => Promise.withResolvers<InvocationResult>());
    const invoked = Promise.withResolvers<void>();
    let invocations = 0;
    const { source, batches } = run({ pollers: 1 }, () => {
      invoked.resolve();
      return answers[invocations++]?.promise ?? ok();
    });
    await source.start();
    await invoked.promise;
    const changes = [source.update({ batchSize: 1 }), source.update({ batchSize: 2 }), source.disable()];
    expect(source.state).toBe('Updating');
    for (const answer of answers) answer.resolve(ok());
    await Promise.all(changes);
    expect(source.state).toBe('Disabled');
    await source.enable();
    await source.drained();
    expect(Math.max(...batches.slice(2).map((batch) => batch.length))).toBeLessThanOrEqual(2);
    await source.stop();
    await source.stop();
  });

  it('waits for a topic that is not there yet, and begins a recreated one anew', async () => {
    await embedded.log.deleteTopic('orders');
    const { source, batches } = run();
    const started = source.start();
    await createTopic('orders', 1);
    await started;
    await append(3);
    await source.drained();
    await embedded.log.deleteTopic('orders');
    await createTopic('orders', 2);
    await append(2, 100);
    await expect.poll(() => batches.flat().filter((value) => value >= 100).length).toBe(2);
  });
});

/** A port whose method rejects the first times it is called. */
const failing = <Port extends object>(port: Port, method: keyof Port, times: number): Port => {
  let left = times;
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]): unknown =>
        name === method && left-- > 0
          ? Promise.reject(new Error('not now'))
          : (Reflect.apply(member, target, args) as unknown);
    },
  });
};

describe('faults', () => {
  it.each(['offsets', 'read'] as const)('of the log (%s) are tried again', async (method) => {
    await append(3);
    const { source, batches } = run({}, () => ok(), { log: failing(embedded.log, method, 3) });
    await source.start();
    await source.drained();
    expect(batches.flat()).toHaveLength(3);
    // Without the ends of the log there is no assignment yet, so nothing was polled.
    expect(source.counters.PollingErrorCount > 0).toBe(method === 'read');
  });

  it('of the group are tried again', async () => {
    await append(3);
    const { source } = run({}, () => ok(), { groups: failing(embedded.groups, 'commit', 3) });
    await source.start();
    await source.drained();
    expect(await committedOf()).toBe(3);
    expect(source.counters.CommitErrorCount).toBe(3);
  });

  it('of the host are errors of the invocation', async () => {
    await append(1);
    let failures = 1;
    const { source } = run({}, () => (failures-- > 0 ? Promise.reject(new Error('not now')) : ok()));
    await source.start();
    await source.drained();
    expect(source.counters).toMatchObject({ InvokeErrorCount: 1, CommittedEventCount: 1 });
  });

  it('of its own end it, and whoever waits is told', async () => {
    await append(1);
    const { source } = run({}, () => undefined as never);
    await source.start();
    await expect(source.drained()).rejects.toThrow(/undefined/);
    await expect(source.stop()).rejects.toThrow(/undefined/);
    sources.pop();
  });
});

describe('what it gives up on', () => {
  const giving = { retries: 0, bisect: true, batchSize: 5 } as const;

  it('is noted before it is committed past, and dropped without a destination', async () => {
    await append(8);
    const noted: number[] = [];
    let failures = 2;
    const { source } = run(giving, poison, {
      gaveUp: async (records) => {
        if (failures-- > 0) throw new Error('the journal is not there');
        noted.push(await committedOf(), records.length);
      },
    });
    await source.start();
    await source.drained();
    expect(noted[0]).toBeLessThan(8);
    expect(noted[1]).toBe(1);
    expect(await committedOf()).toBe(8);
    expect(source.counters.DroppedEventCount).toBe(1);
  });

  it('reaches a Kafka topic under its own key', async () => {
    await append(8);
    await createTopic('orders.dlq', 1);
    const { source, gaveUp, requestIds, batches } = run(
      { ...giving, destination: { kind: 'kafka', topic: 'orders.dlq' } },
      poison,
    );
    await source.start();
    await source.drained();
    const letters = await embedded.log.read({
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
    await append(8);
    const { source, gaveUp } = run(
      { ...giving, destination: { kind: 'kafka', topic: 'orders.dlq' } },
      poison,
    );
    await source.start();
    await expect.poll(() => source.counters.OnFailureDestinationDeliveryErrorCount).toBeGreaterThan(1);
    expect(gaveUp).toEqual([]);
    expect(await committedOf()).toBeLessThan(8);
    await createTopic('orders.dlq', 1);
    await source.drained();
    expect(await committedOf()).toBe(8);
  });

  it('that its topic refuses for its size is dropped only where that is chosen', async () => {
    await append(8);
    await createTopic('orders.dlq', 1, 10);
    const { source, gaveUp } = run(
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
    await append(8);
    const bucket = join(folder.folder, 'bucket');
    expect(existsSync(bucket)).toBe(false);
    const { source } = run({ ...giving, destination: { kind: 's3', folder: bucket } }, poison);
    await source.start();
    await source.drained();
    const [object = '', ...more] = globSync(join(bucket, 'aws/lambda/*/orders-*/*/*/*/*'));
    expect(more).toEqual([]);
    const { payload } = JSON.parse(readFileSync(object, 'utf8')) as { payload: string };
    expect(valuesOf(JSON.parse(payload) as KafkaEvent)).toEqual([3]);
  });
});
