import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../../lib/adapters/system.ts';
import { ConfigError } from '../../../../lib/core/errors.ts';
import type { ReceiverEntry } from '../../../../lib/local/receiver/receiver-journal.ts';
import { startReceiver, type Receiver } from '../../../../lib/local/receiver/receiver.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { takenPort } from '../../../support/taken-port.ts';

const started = async (
  journal: string,
  port = 0,
): Promise<{ receiver: Receiver; effects: ReceiverEntry[] }> => {
  const effects: ReceiverEntry[] = [];
  const receiver = await startReceiver({
    route: { method: 'POST', path: '/warnings', param: 'URL' },
    port,
    journal,
    clock: systemClock,
    onEffect: (entry) => void effects.push(entry),
  });
  onTestFinished(() => receiver.close().catch(() => {}));
  return { receiver, effects };
};

const trace = (digit: string): string => `00-${digit.repeat(32)}-${'1'.repeat(16)}-01`;

const send = async (
  { url }: Receiver,
  {
    key,
    body = '{"n":1}',
    path = '/warnings',
    method = 'POST',
    on = 'a',
  }: {
    readonly key?: string;
    readonly body?: string;
    readonly path?: string;
    readonly method?: string;
    readonly on?: string;
  },
): Promise<{ status: number; body: unknown }> => {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { traceparent: trace(on), ...(key === undefined ? {} : { 'Idempotency-Key': key }) },
    ...(method === 'GET' ? {} : { body }),
  });
  return { status: response.status, body: await response.json() };
};

const file = (): string => join(temporaryFolder(), 'receiver.ndjson');

describe('the receiver', () => {
  it('lets the first request with a key have its effect, and answers the others as it', async () => {
    const { receiver, effects } = await started(file());
    const first = await send(receiver, { key: 'k1' });
    expect(first).toEqual({ status: 201, body: { accepted: 1 } });
    expect(await send(receiver, { key: 'k2', on: 'b' })).toEqual({ status: 201, body: { accepted: 2 } });
    expect(await send(receiver, { key: 'k1' })).toEqual(first);
    expect(effects.map(({ key }) => key)).toEqual(['k1', 'k2']);
    expect(effects[0]).toMatchObject({ trace: 'a'.repeat(32), body: { n: 1 }, did: 'effect' });
    expect(receiver.tally).toEqual({ requests: 3, distinctKeys: 2, duplicateEffects: 0 });
    expect(receiver.effects).toBe(2);
  });

  it('refuses another body under a known key', async () => {
    const { receiver, effects } = await started(file());
    await send(receiver, { key: 'k1' });
    expect((await send(receiver, { key: 'k1', body: '{"n":2}' })).status).toBe(422);
    expect((await send(receiver, { key: 'k1' })).status).toBe(201);
    expect(effects).toHaveLength(1);
  });

  it('counts an effect that was had before: the same body on the same trace, whatever the key', async () => {
    const { receiver } = await started(file());
    await send(receiver, { key: 'k1' });
    await send(receiver, { key: 'k2' });
    expect(receiver.tally).toEqual({ requests: 2, distinctKeys: 2, duplicateEffects: 1 });
    await send(receiver, { on: 'c' });
    await send(receiver, { on: 'c' });
    expect(receiver.tally).toEqual({ requests: 4, distinctKeys: 2, duplicateEffects: 2 });
    // The same words about another event are another effect.
    await send(receiver, { on: 'd' });
    await send(receiver, { on: 'd', body: '{"n":9}' });
    expect(receiver.tally.duplicateEffects).toBe(2);
  });

  it.each([
    [404, { path: '/other' }],
    [404, { method: 'GET' }],
    [400, { body: 'no JSON' }],
    [413, { body: `"${'x'.repeat(1_100_000)}"` }],
  ])('answers %i to what it cannot take, and does not count it', async (status, request) => {
    const { receiver } = await started(file());
    expect((await send(receiver, { key: 'k1', ...request })).status).toBe(status);
    expect(receiver.tally).toEqual({ requests: 0, distinctKeys: 0, duplicateEffects: 0 });
  });

  it('takes what is below its path', async () => {
    const { receiver } = await started(file());
    expect((await send(receiver, { key: 'k1', path: '/warnings/7' })).status).toBe(201);
    expect((await send(receiver, { key: 'k2', path: '/warnings-of-others' })).status).toBe(404);
  });
});

describe('its journal', () => {
  it('is written before the answer, and remembered by the next one', async () => {
    const journal = file();
    const first = await started(journal);
    await send(first.receiver, { key: 'k1' });
    expect(readFileSync(journal, 'utf8').split('\n').filter(Boolean)).toHaveLength(1);
    await first.receiver.close();

    const second = await started(journal);
    expect(await send(second.receiver, { key: 'k1' })).toEqual({ status: 201, body: { accepted: 1 } });
    expect((await send(second.receiver, { key: 'k1', body: '{}' })).status).toBe(422);
    expect(second.effects).toEqual([]);
    expect(second.receiver.tally).toEqual({ requests: 3, distinctKeys: 1, duplicateEffects: 0 });
  });

  it('forgets the half line of a request that was never answered', async () => {
    const journal = file();
    const first = await started(journal);
    await send(first.receiver, { key: 'k1' });
    await first.receiver.close();
    appendFileSync(journal, '{"key":"k2","did":"eff');

    const second = await started(journal);
    await send(second.receiver, { key: 'k2', on: 'b' });
    await second.receiver.close();
    const { receiver } = await started(journal);
    expect(receiver.tally).toEqual({ requests: 2, distinctKeys: 2, duplicateEffects: 0 });
  });
});

it('says so where its port is in use', async () => {
  const port = await takenPort();
  const refused = await started(file(), port).catch((thrown: unknown) => thrown);
  expect(refused).toBeInstanceOf(ConfigError);
  expect(refused).toMatchObject({
    code: 'PORT_IN_USE',
    message: expect.stringContaining(String(port)) as string,
  });
});

it('refuses connections while it is dropped, and remembers its keys when it is back on its port', async () => {
  const { receiver, effects } = await started(join(temporaryFolder(), 'receiver.ndjson'));
  expect((await send(receiver, { key: 'k' })).status).toBe(201);
  expect(receiver.isListening).toBe(true);
  await receiver.drop();
  await receiver.drop();
  expect(receiver.isListening).toBe(false);
  await expect(send(receiver, { key: 'k' })).rejects.toThrow('fetch failed');
  const { url } = receiver;
  await receiver.restore();
  await receiver.restore();
  expect(receiver.isListening).toBe(true);
  expect(receiver.url).toBe(url);
  expect((await send(receiver, { key: 'k' })).status).toBe(201);
  expect(effects).toHaveLength(1);
  expect(receiver.tally).toEqual({ requests: 2, distinctKeys: 1, duplicateEffects: 0 });
  await receiver.drop();
  await receiver.close();
});
