import { expect, it } from 'vitest';
import { effectsOf, imbalancesOf, stageReport } from '../../../../lib/local/report/report.ts';

const nothing = { append: null, receive: null, process: null, external: null, emit: null };
const rest = (received: number): Parameters<typeof stageReport>[1] => ({
  received,
  emitted: 0,
  freshnessMs: null,
  segmentsMs: nothing,
});

it('balances where topic, deliveries and verdicts agree', () => {
  const features = stageReport({ consumed: 5, verdicts: { done: 3, 'dead-lettered(schema)': 2 } }, rest(5));
  expect(imbalancesOf({ features, action: stageReport(undefined, rest(0)) })).toEqual([]);
});

it.each([
  ['a record that its stage was never given', 6, { consumed: 5, verdicts: { done: 5 } }, 5],
  ['a record without a verdict', 5, { consumed: 5, verdicts: { done: 4 } }, 4],
  ['a record that is to be tried again', 5, { consumed: 5, verdicts: { done: 4, 'retry(paused)': 1 } }, 4],
  ['a record that came from nowhere', 4, { consumed: 5, verdicts: { done: 5 } }, 5],
])('does not balance with %s', (_, received, books, settled) => {
  expect(imbalancesOf({ action: stageReport(books, rest(received)) })).toEqual([
    { stage: 'action', received, consumed: books.consumed, settled },
  ]);
});

it('counts effects by the state that stands', () => {
  expect(effectsOf({ DONE: 2, SUPPRESSED: 3, FAILED: 4, IN_DOUBT: 5, CLAIMED: 6 })).toEqual({
    done: 2,
    suppressed: 3,
    failed: 4,
    inDoubt: 5,
  });
  expect(effectsOf({})).toEqual({ done: 0, suppressed: 0, failed: 0, inDoubt: 0 });
});
