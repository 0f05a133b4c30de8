import { describe, expect, it } from 'vitest';
import type { TriggerTypes } from '../../../lib/core/contract/trigger.ts';
import type { SendAnswer } from '../../../lib/core/stages/action.ts';
import { minutes, seconds } from '../../../lib/core/units.ts';
import { fakeTransport } from '../../../lib/testing/fake-transport.ts';
import { given } from '../../../lib/testing/given.ts';
import { action as inspect } from '../../fixtures/meters/action.ts';
import { features as usage } from '../../fixtures/meters/features.ts';
import { inference as excess } from '../../fixtures/meters/inference.ts';
import { action as hold } from '../../fixtures/orders/action.ts';
import { readingEvent } from '../../support/meters-stages.ts';

const unknown: SendAnswer = { kind: 'unknown', detail: '503', retryAfterMs: undefined };
const notDone: SendAnswer = { kind: 'not-done', detail: '429', retryAfterMs: undefined };
const refused: SendAnswer = { kind: 'refused', detail: '422' };
const done: SendAnswer = { kind: 'done', evidence: '201' };

const decision = { hold: true, score: 0.9, customer: 'ada', order: 'o-1', sku: 'lamp' };
const inspection = { inspect: true, score: 0.8, district: 'north', meter: 'm-1', weather: 'fresh' };

describe('given(action)', () => {
  it('acts once on each decision, under a key of its own', async () => {
    const { effects, outcomes, letters, verdicts } = await given(hold).decisions(
      decision,
      { ...decision, hold: false },
      { ...decision, order: 'o-2' },
    );
    expect(effects).toEqual([
      {
        key: expect.stringMatching(/^freshet-[\da-f]{40}$/),
        request: { method: 'POST', path: '/holds', body: { order: 'o-1', sku: 'lamp', score: 0.9 } },
        sends: 1,
      },
      { key: expect.any(String), request: expect.objectContaining({ path: '/holds' }), sends: 1 },
    ]);
    expect(new Set(effects.map(({ key }) => key)).size).toBe(2);
    expect(outcomes).toEqual([
      { status: 'done', stage: 'action', revision: 1 },
      { status: 'suppressed', stage: 'action', reason: 'looks-right', revision: 1 },
      { status: 'done', stage: 'action', revision: 1 },
    ]);
    expect(letters).toEqual([]);
    expect(verdicts).toEqual(['done', 'suppressed(looks-right)', 'done']);
  });

  it('sends again under one key where the policy allows it, and does not where it does not', async () => {
    const transport = fakeTransport((_, attempt) => (attempt < 3 ? unknown : done));
    const keyed = await given(inspect, { transport }).decisions(inspection);
    expect(keyed).toMatchObject({ verdicts: ['done'], effects: [{ sends: 3 }] });
    const once = await given(hold, { transport }).decisions(decision);
    expect(once).toMatchObject({ verdicts: ['in-doubt'], effects: [{ sends: 1 }] });
    expect(once.letters).toMatchObject([{ reason: 'unknown-outcome' }]);
    const certain = fakeTransport((_, attempt) => (attempt < 2 ? notDone : done));
    expect(await given(hold, { transport: certain }).decisions(decision)).toMatchObject({
      verdicts: ['done'],
      effects: [{ sends: 2 }],
    });
  });

  it('makes letters of what is refused, and gives up on what never succeeds', async () => {
    const no = await given(inspect, { transport: fakeTransport(() => refused) }).decisions(inspection);
    expect(no.verdicts).toEqual(['dead-lettered(refused)']);
    expect(no.letters).toMatchObject([{ stage: 'action', message: '422' }]);
    const never = await given(inspect, { transport: fakeTransport(() => notDone) }).decisions(inspection);
    expect(never.verdicts).toEqual(['dead-lettered(gave-up)']);
  });

  it('does not act on what is late', async () => {
    const late = await given(inspect).after(minutes(6)).decisions(inspection);
    expect(late).toMatchObject({ verdicts: ['suppressed(late)'], effects: [] });
    expect((await given(inspect).after(seconds(10)).decisions(inspection)).verdicts).toEqual(['done']);
  });

  it('takes what inference emitted', async () => {
    const features = await given(usage).events(
      readingEvent('m-2', 1),
      readingEvent('m-1', 10),
      readingEvent('m-1', 90),
    );
    const decided = await given(excess).vectors(...features.emissions);
    expect(await given(inspect).decisions(...decided.emissions)).toMatchObject({
      verdicts: ['done'],
      effects: [{ request: { path: '/inspections', body: { meter: 'm-1' } } }],
    });
  });

  it.each([
    ['keyed: the same request goes out again after a crash', inspect, inspection, 2],
    ['at-most-once: no crash makes it go out again', hold, decision, 1],
  ] as const)('%s', async (_, stage, of, most) => {
    const runs: unknown[][] = [];
    const transport = {
      open: () => {
        const requests: unknown[] = [];
        runs.push(requests);
        return {
          send: async (request: unknown) => {
            requests.push(request);
            return done;
          },
        };
      },
    };
    const { effects } = await given<TriggerTypes>(stage, { transport }).decisions(of);
    expect(effects).toMatchObject([{ sends: 1 }]);
    // Once as given, and once for each other way of delivering it.
    expect(runs.length).toBeGreaterThan(10);
    expect(Math.max(...runs.map((requests) => requests.length))).toBe(most);
    for (const requests of runs) expect(requests).toEqual(requests.map(() => effects[0]?.request));
  });
});
