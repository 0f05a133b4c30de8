import { expect, it, onTestFinished, vi } from 'vitest';
import { event } from '../../../lib/testing/event.ts';
import { simulate } from '../../../lib/testing/simulation/simulate.ts';
import { eventsIn, files } from '../../cold-store/test/sample.ts';
import { action } from '../action.ts';
import { contract } from '../contract.ts';
import { features } from '../features.ts';
import { inference } from '../inference.ts';
import { localModel } from '../local-model.ts';

// Workers crash, stores fail, answers are lost: a schedule that breaks a promise is shown, as short as it can be.
it('keeps every promise, whatever happens', async () => {
  // The hosted model would be asked a thousand times: what stands in for it answers at once.
  vi.stubGlobal('fetch', async (_: string, { body }: { readonly body: string }) =>
    Response.json(localModel.answer(JSON.parse(body))),
  );
  onTestFinished(() => void vi.unstubAllGlobals());
  const events = files.flatMap(eventsIn).map((data) => event('observed', data));
  const stages = { features, inference, action };
  const { schedules, verdicts } = await simulate(contract, stages, { events, runs: 100 });
  expect(schedules).toBe(100);
  expect(verdicts['inference']?.['done']).toBeGreaterThan(0);
});
