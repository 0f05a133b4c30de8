import { describe } from 'vitest';
import { days, millis, seconds } from '../../../../../lib/core/units.ts';
import { itRefuses, sourceOf } from '../../../../support/contradictions.ts';
import { validOptions } from '../../../../support/trigger-options.ts';

describe('a contract is refused for', () => {
  itRefuses(validOptions, [
    ['a negative deadline', 'deadline', seconds(-1), 'deadline', '-1000 ms'],
    ['a deadline that is not a number', 'deadline', seconds(Number.NaN), 'deadline', 'NaN'],
    ['an endless target', 'freshness.target', seconds(Infinity), 'freshness.target', 'Infinity'],
    ['a target of nothing', 'freshness.target', seconds(0), 'freshness.target', '0 ms'],
    ['half a partition', 'source', sourceOf({ partitions: 1.5 }), 'source.partitions', '1.5'],
    ['no partitions', 'source', sourceOf({ partitions: 0 }), 'source.partitions'],
    ['a negative retention', 'source', sourceOf({ retention: days(-1) }), 'source.retention'],
    ['no attempts', 'action.giveUp.attempts', 0, 'action.giveUp.attempts'],
    ['a limit of nothing', 'action.limit', { perMinute: 0 }, 'action.limit'],
    ['a negative lag', 'alarms', { lag: -1 }, 'alarms.lag'],
    ['a negative budget', 'features.budget', millis(-5), 'features.budget'],
    ['a negative part of a budget', 'features.budget', { process: millis(-5) }, 'features.budget.process'],
    ['a negative number of holes', 'features.holes', -1, 'features.holes'],
    ['a burn rate that is not a number', 'alarms', { pageAt: [Number.NaN, 6] }, 'alarms.pageAt[0]'],
    ['a batch of nothing', 'features.mapping', { batchSize: 0 }, 'features.mapping.batchSize'],
  ]);
});
