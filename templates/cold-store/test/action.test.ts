import { describe, expect, it } from 'vitest';
import { fakeTransport } from '../../../lib/testing/fake-transport.ts';
import { given } from '../../../lib/testing/given.ts';
import { action } from '../action.ts';
import type { Decision } from '../schemas.ts';

const decision = (alert: boolean): Decision => ({
  entity: 'one',
  at: '2026-01-05T08:00:00Z',
  score: alert ? 0.8 : 0.1,
  alert,
  reason: '20, where 10 is usual',
});

describe('action', () => {
  it('sends an alert, and nothing for what is usual', async () => {
    const { effects, verdicts } = await given(action).decisions(decision(true), decision(false));
    expect(verdicts).toEqual(['done', 'suppressed(usual)']);
    expect(effects).toMatchObject([
      {
        sends: 1,
        request: {
          method: 'POST',
          path: '/alerts',
          body: { entity: 'one', at: '2026-01-05T08:00:00Z', score: 0.8, reason: '20, where 10 is usual' },
        },
      },
    ]);
  });

  it('sends again under the same key what nobody answered', async () => {
    const transport = fakeTransport((_, attempt) =>
      attempt === 1
        ? { kind: 'unknown', detail: 'no answer', retryAfterMs: undefined }
        : { kind: 'done', evidence: '201' },
    );
    const { effects, verdicts } = await given(action, { transport }).decisions(decision(true));
    expect(verdicts).toEqual(['done']);
    expect(effects).toMatchObject([{ sends: 2 }]);
  });
});
