import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { given } from '../../../lib/testing/given.ts';
import type { Vector } from '../../cold-store/schemas.ts';
import { inference } from '../inference.ts';
import { localModel } from '../local-model.ts';

const vector = (value: number): Vector => ({
  entity: 'one',
  at: '2026-01-05T08:00:00Z',
  value,
  usual: 10,
  spread: 2,
});

/** A model on this machine, that the stage under test asks in the place of its own. */
const hosted = async (status: number, answer: (request: unknown) => unknown): Promise<void> => {
  const server = createServer((request, response) => {
    void text(request).then((body) =>
      response.writeHead(status).end(JSON.stringify(answer(JSON.parse(body) as unknown))),
    );
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  vi.stubEnv('MODEL_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });
};

describe('inference', () => {
  it('alerts from the threshold on, and says why', async () => {
    await hosted(200, localModel.answer);
    const { decisions } = await given(inference).vectors(vector(10), vector(15.9), vector(16), vector(-20));
    expect(decisions).toMatchObject([
      { score: 0, alert: false },
      { alert: false },
      { score: 0.5, alert: true, reason: '16, where 10 is usual' },
      { alert: true },
    ]);
  });

  it.each([
    ['a model that fails', 503, { score: 0.5 }],
    ['an answer without a score', 200, { answer: 'perhaps' }],
    ['a score that is none', 200, { score: 7 }],
  ])('gives up on %s, and decides nothing', async (_, status, answer) => {
    await hosted(status, () => answer);
    const { decisions, verdicts } = await given(inference).vectors(vector(16));
    expect(decisions).toEqual([]);
    expect(verdicts).toEqual(['dead-lettered(gave-up)']);
  });
});
