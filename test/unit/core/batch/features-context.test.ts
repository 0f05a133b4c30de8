import { describe, expect, it } from 'vitest';
import { epochMsOf, toIso } from '../../../../lib/core/units.ts';
import { moved, standing, vectors } from '../../../support/features-bench.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { headerOf, NOW, reading } from '../../../support/stage-records.ts';

describe('context', () => {
  const observed = (bench: StageBench, eventTime: number, body = '{"sensor":"a"}'): void => {
    bench.context.observations.set(String(eventTime), {
      context: 'climate',
      key: 'a',
      eventTime: epochMsOf(eventTime),
      epoch: 0,
      offset: 0,
      id: '/weather#w1',
      digest: '0123456789abcdef0000',
      body,
    });
  };
  const hour = 3_600_000;

  it.each([
    ['is fresh up to its greatest age', NOW - 2 * hour, undefined],
    ['is stale beyond it', NOW - 2 * hour - 1, 'climate:stale'],
    ['is stale up to the end of its history', NOW - 6 * hour, 'climate:stale'],
    ['is missing beyond that, whether a store still has it or not', NOW - 6 * hour - 1, 'climate:missing'],
    ['is missing where all of it is of the future', NOW + 1, 'climate:missing'],
    ['may be of the very moment', NOW, undefined],
  ])('%s', async (_, eventTime, flags) => {
    const bench = new StageBench();
    observed(bench, eventTime);
    await bench.features([reading(1)]);
    const [vector] = vectors(bench);
    expect(vector && headerOf(vector, 'ce_flags')).toBe(flags);
    expect(vector && headerOf(vector, 'ce_contextseen')).toBe(
      flags === 'climate:missing'
        ? undefined
        : `climate=${toIso(epochMsOf(eventTime))}/0123456789abcdef/${encodeURIComponent('/weather#w1')}`,
    );
  });

  it('is the newest that is not after the event’s own time, however late the event comes', async () => {
    const bench = new StageBench();
    const seen: unknown[] = [];
    bench.on = {
      ...bench.on,
      read: {
        fold: (state) => state,
        emit: ({ context }) => {
          seen.push(context);
          return { mean: 1 };
        },
      },
    };
    observed(bench, NOW - 3 * hour, '{"n":1}');
    observed(bench, NOW - 2 * hour, '{"n":2}');
    observed(bench, NOW - 1 * hour, '{"n":3}');
    await bench.features([reading(1, { at: toIso(epochMsOf(NOW - 90 * 60_000)) })]);
    expect(seen).toEqual([{ climate: { status: 'fresh', value: { n: 2 }, ageMs: 30 * 60_000 } }]);
  });

  it('that does not answer stops the entity, and no state is advanced past it', async () => {
    const bench = new StageBench();
    bench.context.isDown = () => true;
    expect((await bench.features([reading(1), reading(2), moved(3)])).verdicts).toEqual([
      'retry(store-unavailable)',
      'retry(behind-unsettled)',
      'retry(behind-unsettled)',
    ]);
    expect(standing(bench)).toBe(undefined);
  });

  it('is not asked for events that emit nothing', async () => {
    const bench = new StageBench();
    bench.context.isDown = () => true;
    expect((await bench.features([moved(1)])).verdicts).toEqual(['state-only']);
  });
});
