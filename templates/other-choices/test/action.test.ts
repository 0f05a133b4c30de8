import { describe, expect, it } from 'vitest';
import { fakeTransport } from '../../../lib/testing/fake-transport.ts';
import { given } from '../../../lib/testing/given.ts';
import type { Decision } from '../../cold-store/schemas.ts';
import { action } from '../action.ts';

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

  it('leaves in doubt what nobody answered, and never sends it again', async () => {
    const transport = fakeTransport(() => ({
      kind: 'unknown',
      detail: 'no answer',
      retryAfterMs: undefined,
    }));
    const { effects, verdicts } = await given(action, { transport }).decisions(decision(true));
    expect(verdicts).toEqual(['in-doubt']);
    expect(effects).toMatchObject([{ sends: 1 }]);
  });
});
