import { describe, expect, it } from 'vitest';
import { hours, millis, minutes, seconds } from '../../../../../lib/core/units.ts';
import { problemsOf } from '../../../../support/contract-problems.ts';
import { itAllows, itRefuses } from '../../../../support/contradictions.ts';
import { fullOptions, validOptions, withValue } from '../../../../support/trigger-options.ts';

describe('a contract is refused for', () => {
  itRefuses(validOptions, [
    ['an objective of 1', 'freshness.objective', 1, 'freshness.objective', '1'],
    ['an objective in percent', 'freshness.objective', 99, 'freshness.objective', '99'],
    ['a burn rate that can never be reached', 'freshness.objective', 0.93, 'alarms.pageAt[0]', '1.008'],
    ['a ticket that can never be opened', 'alarms', { ticketAt: 100 }, 'alarms.ticketAt', '100'],
    ['a deadline below the target', 'freshness.target', seconds(61), 'deadline', '1 min'],
    [
      'hops that are longer than the target',
      'freshness.target',
      millis(5_999),
      'freshness.target',
      '6000 ms',
    ],
    [
      'a window that makes the hops too long',
      'action',
      { ...validOptions.action, mapping: { window: seconds(3) } },
      'freshness.target',
      '11000 ms',
    ],
    [
      'a window above the fetch budget',
      'features.budget',
      { fetch: millis(499), process: millis(1) },
      'features.mapping.window',
      '500 ms',
    ],
    [
      'an external call where there is none',
      'features.budget',
      { process: millis(10), external: millis(10) },
      'features.budget.external',
    ],
    ['a budget that cannot be split', 'inference.budget', millis(4), 'inference.budget', '4 ms'],
    [
      'a timeout above 14 minutes',
      'action.mapping',
      { timeout: minutes(15) },
      'action.mapping.timeout',
      '15 min',
    ],
    [
      'a timeout in parts of a second',
      'action.mapping',
      { timeout: millis(1_500) },
      'action.mapping.timeout',
    ],
    ['a budget above the timeout', 'action.mapping', { timeout: seconds(1) }, 'action.budget', '1500 ms'],
    [
      'a wait above the timeout',
      'action.mapping',
      { minimumWait: seconds(30) },
      'action.mapping.minimumWait',
    ],
    [
      'giving up after the deadline where late is suppressed',
      'action.giveUp.after',
      seconds(61),
      'action.giveUp.after',
      '61 s',
    ],
    [
      'inference giving up after the deadline where late is suppressed',
      'inference',
      { ...validOptions.inference, late: 'suppress', giveUp: { after: seconds(61), attempts: 1 } },
      'inference.giveUp.after',
      '61 s',
    ],
  ]);

  itRefuses(fullOptions, [
    [
      'a context age above its history',
      'context.schedule.maxAge',
      hours(7),
      'context.schedule.maxAge',
      '7 h',
    ],
    [
      'a window of a context above its fetch budget',
      'context.schedule.budget',
      { fetch: millis(1), process: millis(1) },
      'context.schedule.mapping.window',
    ],
    [
      'a context with an external call',
      'context.schedule.budget',
      { process: millis(1), external: millis(1) },
      'context.schedule.budget.external',
    ],
  ]);

  it('an inherited giveUp beyond the deadline, where it is written', () => {
    const flagged = withValue(validOptions, 'action.late', 'flag');
    const late = withValue(
      withValue(flagged, 'inference.late', 'suppress'),
      'action.giveUp.after',
      seconds(61),
    );
    expect(problemsOf(withValue(flagged, 'action.giveUp.after', seconds(61)))).toEqual([]);
    expect(problemsOf(late).map(({ path }) => path)).toEqual(['action.giveUp.after']);
  });

  it('a burn rate that is exactly never exceeded', () => {
    const half = withValue(withValue(validOptions, 'freshness.objective', 0.5), 'alarms', {
      pageAt: [1.9, 1.9],
      ticketAt: 2,
    });
    expect(problemsOf(half)).toMatchObject([{ path: 'alarms.ticketAt', got: '2 × (1 − 0.5) = 1' }]);
  });
});

describe('the bounds themselves are allowed', () => {
  itAllows(validOptions, [
    ['the longest timeout', 'action.mapping', { timeout: minutes(14) }],
    ['hops that just fit', 'freshness.target', millis(6_000)],
    [
      'a budget as long as the timeout',
      'inference.mapping',
      { timeout: seconds(1), minimumWait: millis(500) },
    ],
    ['giving up at the deadline', 'action.giveUp.after', seconds(60)],
    ['the least that can be split', 'inference.budget', millis(5)],
    ['a burn rate just below', 'freshness.objective', 0.9306],
  ]);

  itAllows(fullOptions, [['a context as old as its history', 'context.schedule.maxAge', hours(6)]]);

  itAllows(withValue(validOptions, 'freshness.target', seconds(45)), [
    ['a deadline equal to the target', 'deadline', seconds(45)],
  ]);
});
