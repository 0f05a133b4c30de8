import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openEmbedded } from '../../../lib/adapters/sqlite/embedded.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import type { InferenceStage } from '../../../lib/core/stages/inference.ts';
import { redriveEvent } from '../../../lib/ops/letters/redrive-event.ts';
import { handle } from '../../../lib/runtime/handle.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { SilentServer } from '../../support/silent-server.ts';
import { environment, vector } from '../../support/stage-records.ts';
import { tinyContract } from '../../support/tiny-contract.ts';

const contract = tinyContract();

const inference: InferenceStage = {
  kind: 'inference',
  contract,
  model: { id: 'm', version: '1', digest: 'd', infer: () => ({ answer: {} }) },
  decide: () => ({ warn: true }),
};

const lambda = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 2_000 };

const redrive = (brokers: readonly string[] | null) =>
  redriveEvent({ ...vector(1), topicId: 'id' }, brokers, { topicId: 'id', number: 1, pastDeadline: false });

/** Something that listens like a broker and tells that it was asked; that it speaks no TLS ends the asking at once. */
const listening = async (): Promise<{ readonly address: string; readonly asked: Promise<void> }> => {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    resolve();
    socket.on('error', () => {}).end('no TLS');
  });
  await new Promise<void>((listens) => server.listen(0, '127.0.0.1', listens));
  onTestFinished(() => void server.close());
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
};

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('FRESHET_ENVIRONMENT', environment);
  vi.stubEnv('FRESHET_RESPONSE', 'partial');
  vi.stubEnv('FRESHET_LOG', 'kafka:event');
  vi.stubEnv('FRESHET_STORE', `sqlite:${folder}`);
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const claims = async () => {
  const embedded = openEmbedded({ folder, pipeline: contract.pipeline, clock: systemClock });
  onTestFinished(() => embedded.close());
  return embedded.claims.list({ states: ['CLAIMED', 'RELEASED', 'FAILED', 'DONE'], limit: 9 });
};

describe('a function that takes its brokers from events and has served no batch', () => {
  it('refuses a redrive without brokers, says how to mend it, and has begun nothing', async () => {
    const refused = handle(inference)(redrive(null), lambda);
    await expect(refused).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID' });
    await expect(refused).rejects.toThrow(/without bootstrapServers.*invoke it again with bootstrapServers/);
    expect(await claims()).toEqual([]);
  });

  it('asks the brokers that the redrive names, also after one that named none', async () => {
    vi.stubEnv('FRESHET_LOG_AUTH', 'tls');
    const handler = handle(inference);
    await expect(handler(redrive(null), lambda)).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID' });
    const broker = await listening();
    const answer = handler(redrive([broker.address]), lambda);
    await Promise.all([
      broker.asked,
      expect(answer).rejects.toMatchObject({ code: 'AUTHENTICATION_REFUSED' }),
    ]);
  });

  it('gives up brokers that answer nothing before its invocation ends', async () => {
    const silent = await SilentServer.start();
    onTestFinished(() => silent.close());
    const watchdog = new AbortController();
    // Long after the invocation, and long before a client that knows of none would give up.
    const late = delay(10_000, 'too late', { signal: watchdog.signal });
    late.catch(() => {});
    const answer = handle(inference)(redrive([silent.address]), lambda);
    await expect(Promise.race([answer, late])).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    watchdog.abort();
    expect(await claims()).toEqual([]);
  });
});
