import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../../../lib/core/errors.ts';
import { days, hours, millis, minutes, seconds } from '../../../../../lib/core/units.ts';
import { problemsOf } from '../../../../support/contract-problems.ts';
import { itAllows, itRefuses, sourceOf } from '../../../../support/contradictions.ts';
import { fullOptions, validOptions, withValue } from '../../../../support/trigger-options.ts';

const onDemand = (options: object): unknown => ({ pollers: 'on-demand', ...options });

describe('a contract is refused for', () => {
  itRefuses(validOptions, [
    ['a batch of 10,001', 'features.mapping', { batchSize: 10_001 }, 'features.mapping.batchSize', '10001'],
    ['a window of 250 ms', 'features.mapping', { window: millis(250) }, 'features.mapping.window', '250 ms'],
    [
      'pollers above the partitions',
      'features.mapping',
      { pollers: { min: 1, max: 7 } },
      'features.mapping.pollers.max',
      '7',
    ],
    [
      'pollers above the partitions of a later stage',
      'action.mapping',
      { pollers: { min: 7, max: 7 } },
      'action.mapping.pollers.max',
    ],
    [
      'more pollers at least than at most',
      'features.mapping',
      { pollers: { min: 3, max: 2 } },
      'features.mapping.pollers.max',
    ],
    ['LATEST', 'features.mapping', { start: 'LATEST' }, 'features.mapping.start', 'LATEST'],
    [
      'a start without a zone',
      'features.mapping',
      { start: { at: '2026-01-01T00:00:00' } },
      'features.mapping.start.at',
    ],
    ['too many retries', 'features.mapping', { retries: 10_001 }, 'features.mapping.retries', '10001'],
    [
      'retries that give up before giveUp',
      'action.mapping',
      { retries: 44 },
      'action.mapping.retries',
      '44 s',
    ],
    [
      'retries of inference that give up before the giveUp of action',
      'inference.mapping',
      { minimumWait: millis(500), retries: 89 },
      'inference.mapping.retries',
      '89',
    ],
    ['an age below a minute', 'features.mapping', { maxAge: seconds(59) }, 'features.mapping.maxAge', '59 s'],
    ['an age above a week', 'features.mapping', { maxAge: days(8) }, 'features.mapping.maxAge', '8 d'],
    [
      'infinite retries with the default destination',
      'features.mapping',
      { retries: 'infinite' },
      'features.mapping.onFailure',
      'infinite retries',
    ],
    [
      'infinite retries with a bucket',
      'action.mapping',
      { retries: 'infinite', onFailure: 'bucket' },
      'action.mapping.onFailure',
      '"bucket"',
    ],
    [
      'a bucket on demand',
      'features.mapping',
      onDemand({ onFailure: 'bucket' }),
      'features.mapping.onFailure',
    ],
    [
      'retries on demand',
      'features.mapping',
      onDemand({ retries: 5 }),
      'features.mapping.retries',
      'on-demand',
    ],
    [
      'an age on demand',
      'features.mapping',
      onDemand({ maxAge: hours(1) }),
      'features.mapping.maxAge',
      'on-demand',
    ],
    [
      'bisect on demand',
      'features.mapping',
      onDemand({ bisect: true }),
      'features.mapping.bisect',
      'on-demand',
    ],
    [
      'a dead-letter topic on demand',
      'features.mapping',
      onDemand({ onFailure: 'dead-letter-topic' }),
      'features.mapping.onFailure',
      'on-demand',
    ],
  ]);

  itRefuses(fullOptions, [
    [
      'LATEST of a context',
      'context.schedule.mapping',
      { start: 'LATEST' },
      'context.schedule.mapping.start',
    ],
  ]);

  it('more pollers than Lambda has', () => {
    const wide = withValue(validOptions, 'source', sourceOf({ partitions: 2_001 }));
    const polled = (max: number): readonly Problem[] =>
      problemsOf(withValue(wide, 'features.mapping', { pollers: { min: 200, max } }));
    expect(polled(2_000)).toEqual([]);
    expect(polled(2_001)).toMatchObject([{ path: 'features.mapping.pollers.max', got: '2001' }]);
    const eager = withValue(wide, 'features.mapping', { pollers: { min: 201, max: 201 } });
    expect(problemsOf(eager)).toMatchObject([{ path: 'features.mapping.pollers.min', got: '201' }]);
  });

  it('a wait of nothing, told once', () => {
    const hasty = withValue(validOptions, 'action.mapping', { minimumWait: seconds(0), retries: 20 });
    expect(problemsOf(hasty).map(({ path }) => path)).toEqual(['action.mapping.minimumWait']);
  });

  it('what the mapping drops by age while it is still being tried', () => {
    const patient = {
      ...validOptions.action,
      late: 'flag',
      giveUp: { after: minutes(2), attempts: 5 },
      mapping: { maxAge: seconds(60) },
    };
    expect(
      problemsOf(withValue({ ...validOptions, inference: { ...validOptions.inference } }, 'action', patient)),
    ).toMatchObject([{ path: 'action.mapping.maxAge', got: '1 min' }]);
  });
});

describe('the bounds themselves are allowed', () => {
  itAllows(validOptions, [
    ['the largest batch', 'action.mapping', { batchSize: 10_000 }],
    ['the shortest age', 'features.mapping', { maxAge: seconds(60) }],
    ['the longest age', 'features.mapping', { maxAge: days(7) }],
    ['the most retries', 'features.mapping', { retries: 10_000 }],
    ['no retries where nothing gives up', 'features.mapping', { retries: 0 }],
    ['retries that just last', 'action.mapping', { retries: 45 }],
    ['as many pollers as partitions', 'features.mapping', { pollers: { min: 6, max: 6 } }],
    ['a start with a zone', 'features.mapping', { start: { at: '2026-01-01T00:00:00Z' } }],
    [
      'as old as it is tried',
      'action',
      { ...validOptions.action, giveUp: { after: minutes(1), attempts: 1 }, mapping: { maxAge: minutes(1) } },
    ],
    ['the most pollers', 'source', sourceOf({ partitions: 2_001 })],
    [
      'what on demand is anyway',
      'features.mapping',
      onDemand({ retries: 'infinite', bisect: false, onFailure: 'none' }),
    ],
  ]);
});
