import { expect, it } from 'vitest';
import { event } from '../../../lib/testing/event.ts';
import { simulate } from '../../../lib/testing/simulation/simulate.ts';
import { action } from '../action.ts';
import { contract } from '../contract.ts';
import { features } from '../features.ts';
import { inference } from '../inference.ts';
import { eventsIn, files } from './sample.ts';

// Workers crash, stores fail, answers are lost: a schedule that breaks a promise is shown, as short as it can be.
it('keeps every promise, whatever happens', async () => {
  const events = files.flatMap(eventsIn).map((data) => event('observed', data));
  const stages = { features, inference, action };
  const { schedules, verdicts } = await simulate(contract, stages, { events, runs: 100 });
  expect(schedules).toBe(100);
  expect(verdicts['inference']?.['done']).toBeGreaterThan(0);
});
