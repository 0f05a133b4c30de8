import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClientOptions } from '../../../../lib/adapters/dynamodb/client.ts';
import { openDynamoDb, type DynamoStores } from '../../../../lib/adapters/dynamodb/dynamodb.ts';
import { systemClock } from '../../../../lib/adapters/system.ts';
import { tableNames } from '../../../../lib/core/contract/tables.ts';
import type { Clock } from '../../../../lib/core/ports/clock.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import {
  startDynamoDbBehindProxy,
  type DynamoDbBehindProxy,
} from '../../../support/dynamodb-behind-proxy.ts';

const row = { body: '{}', digest: 'd' };
const at = epochMsOf(1_000);
const tables = Object.fromEntries(tableNames.map((name) => [name, `table-${name}`]));

let dynamo: DynamoDbBehindProxy;
let skippedMs: number;
const opened: DynamoStores[] = [];

/** The wall clock, which runs on while a function is frozen; its timers do not. */
const clock: Clock = { ...systemClock, now: () => epochMsOf(systemClock.now() + skippedMs) };

const open = (options: Partial<ClientOptions> = {}): DynamoStores => {
  const stores = openDynamoDb({
    endpoint: dynamo.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'access', secretAccessKey: 'secret' },
    clock,
    deadline: () => epochMsOf(clock.now() + 60_000),
    tables,
    historyMs: {},
    ...options,
  });
  opened.push(stores);
  return stores;
};

const reads: readonly (readonly [
  string,
  (stores: DynamoStores) => Promise<{ readonly kind: string } | undefined>,
])[] = [
  ['rows', async ({ rows }) => (await rows.read(['a']))[0]],
  ['context', async ({ context }) => (await context.newest([{ context: 'weather', key: 'a', at }]))[0]],
  ['claims', async ({ claims }) => (await claims.read(['a']))[0]],
  ['switches', ({ operations }) => operations.paused('action')],
  ['epochs', ({ operations }) => operations.epoch('orders', 'id')],
];

beforeEach(async () => {
  skippedMs = 0;
  dynamo = await startDynamoDbBehindProxy();
});
afterEach(async () => {
  for (const stores of opened.splice(0)) stores.close();
  await dynamo.close();
});

describe('a connection that stood idle while the function was frozen', () => {
  it('is replaced before it is used, so that a write too has its answer', async () => {
    const { rows, operations } = open();
    // As many connections as a batch has side by side.
    await Promise.all([rows.read(['a']), rows.read(['b']), operations.paused('action')]);
    dynamo.proxy.forget();
    skippedMs = 60_000;
    expect(await rows.write([{ entity: 'a', expected: null, row }])).toEqual([{ kind: 'applied' }]);
    await operations.setPaused('action', true);
    expect(await operations.paused('action')).toEqual({ kind: 'read', value: true });
  });

  it('is kept where it was not idle for long', async () => {
    const { rows } = open({ idleMs: 10_000 });
    for (let batch = 0; batch < 5; batch += 1) {
      await rows.read(['a']);
      skippedMs += 6_000;
    }
    expect(dynamo.proxy.accepted).toBe(1);
  });
});

describe('a read without an answer', () => {
  it('is sent once more, over a new connection', async () => {
    const stores = open({ requestTimeoutMs: 1_500 });
    // More connections than one for each, all of them dead.
    await Promise.all([...reads, ...reads].map(([, read]) => read(stores)));
    dynamo.proxy.forget();
    const answers = await Promise.all(
      reads.map(async ([what, read]) => [what, (await read(stores))?.kind] as const),
    );
    expect(answers).toEqual(reads.map(([what]) => [what, 'read']));
  });

  it('is sent once more where the connection is cut', async () => {
    const { rows } = open();
    await rows.read(['a']);
    dynamo.answering = 'none';
    const reading = rows.read(['a']);
    await expect.poll(() => dynamo.asked).toHaveLength(2);
    dynamo.answering = 'whole';
    dynamo.proxy.cut();
    expect(await reading).toEqual([{ kind: 'read', value: undefined }]);
  });

  it('is unavailable where the answer begins and does not go on', async () => {
    const { rows } = open({ requestTimeoutMs: 500 });
    dynamo.answering = 'half';
    expect(await rows.read(['a'])).toMatchObject([{ kind: 'unavailable' }]);
    expect(dynamo.asked).toEqual(['BatchGetItem', 'BatchGetItem']);
  });

  it('is unavailable after two, and after one where the invocation has no time for another', async () => {
    const patient = open({ requestTimeoutMs: 500 });
    await patient.rows.read(['a']);
    dynamo.answering = 'none';
    expect(await patient.rows.read(['a'])).toMatchObject([{ kind: 'unavailable' }]);
    expect(dynamo.asked).toHaveLength(3);
    const end = epochMsOf(clock.now() + 1_000);
    const late = open({ requestTimeoutMs: 60_000, deadline: () => end });
    expect(await late.rows.read(['a'])).toMatchObject([{ kind: 'unavailable' }]);
    expect(dynamo.asked).toHaveLength(4);
  });
});

describe('a write without an answer', () => {
  it('is not sent again unseen', async () => {
    const { rows, claims, operations } = open({ requestTimeoutMs: 500 });
    await Promise.all([rows.read(['a']), claims.read(['a']), operations.paused('action')]);
    dynamo.proxy.swallowAnswers();
    const before = dynamo.asked.length;
    expect(await rows.write([{ entity: 'a', expected: null, row }])).toMatchObject([{ kind: 'unavailable' }]);
    expect(dynamo.asked.slice(before)).toEqual(['BatchExecuteStatement']);
    dynamo.answering = 'none';
    await expect(operations.setPaused('action', true)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(dynamo.asked.slice(before)).toEqual(['BatchExecuteStatement', 'PutItem']);
  });
});
