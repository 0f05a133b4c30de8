import { expect, it } from 'vitest';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { judgeBrokerClock, judgeClock, judgeStoreClock } from '../../../../lib/ops/doctor/judge-clocks.ts';
import { answer, silence } from '../../../support/examinations.ts';

const reading = (aheadMs: number, tookMs = 0) => ({
  askedAt: epochMsOf(1_000_000),
  answeredAt: epochMsOf(1_000_000 + tookMs),
  theirs: epochMsOf(1_000_000 + tookMs / 2 + aheadMs),
});

it.each([
  [0, 'ok'],
  [1_000, 'ok'],
  [1_001, 'warning'],
  [-1_001, 'warning'],
  [300_000, 'warning'],
  [300_001, 'failure'],
  [-300_001, 'failure'],
])('a clock that is %i ms ahead is %s', (aheadMs, level) => {
  expect(judgeClock('it', reading(aheadMs), 0).level).toBe(level);
});

it('is not blamed for what the question took, nor for whole seconds', () => {
  expect(judgeClock('it', reading(2_000, 2_000), 0).level).toBe('ok');
  expect(judgeStoreClock(reading(1_400)).level).toBe('ok');
  expect(judgeStoreClock(reading(1_501)).level).toBe('warning');
  expect(judgeClock('it', reading(-2_000), 0).got).toBe("2.0 s behind this machine's, give or take 0.0 s");
});

it('that nobody tells is not taken for right', () => {
  expect(judgeBrokerClock(answer(reading(0))).level).toBe('ok');
  expect(judgeBrokerClock(silence('CLUSTER_AUTHORIZATION_FAILED'))).toMatchObject({
    level: 'warning',
    got: 'not probed: CLUSTER_AUTHORIZATION_FAILED',
  });
  expect(judgeStoreClock(undefined).level).toBe('warning');
});
