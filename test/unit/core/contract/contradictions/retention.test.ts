import { describe } from 'vitest';
import { days } from '../../../../../lib/core/units.ts';
import { itAllows, itRefuses, sourceOf } from '../../../../support/contradictions.ts';
import { fullOptions, validOptions } from '../../../../support/trigger-options.ts';

/** A segment that outlives the retention by more than the default's day. */
const longSegment = { ...validOptions, source: sourceOf({ segment: days(3) }) };

describe('a contract is refused for', () => {
  itRefuses(validOptions, [
    ['a key retention below that of the topic', 'keyRetention', { ms: days(9).ms - 1 }, 'keyRetention'],
    [
      'records above what a letter may hold',
      'source',
      sourceOf({ maxRecordBytes: 4_300_000 }),
      'source.maxRecordBytes',
    ],
    ['a row above an item', 'features.maxRowBytes', 400_001, 'features.maxRowBytes'],
  ]);

  itRefuses(longSegment, [
    ['a key retention below that of a long segment', 'keyRetention', { ms: days(11).ms - 1 }, 'keyRetention'],
  ]);

  itRefuses(fullOptions, [
    [
      'large records of a context',
      'context.schedule.source.options.maxRecordBytes',
      5_000_000,
      'context.schedule.source.maxRecordBytes',
    ],
  ]);
});

describe('the bounds themselves are allowed', () => {
  itAllows(validOptions, [
    ['the largest row', 'features.maxRowBytes', 400_000],
    ['the least key retention', 'keyRetention', days(9)],
    ['the largest record', 'source', sourceOf({ maxRecordBytes: 4_500_000 - 256 * 1024 - 64 * 1024 })],
  ]);

  itAllows(longSegment, [['the least key retention of a long segment', 'keyRetention', days(11)]]);
});
