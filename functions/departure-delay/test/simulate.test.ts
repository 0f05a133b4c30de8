import fc from 'fast-check';
import { expect, it } from 'vitest';
import { event } from '../../../lib/testing/event.ts';
import { simulate } from '../../../lib/testing/simulation/simulate.ts';
import { action } from '../action.ts';
import { contract } from '../contract.ts';
import { features } from '../features.ts';
import { inference } from '../inference.ts';
import { at, boarding, recorded, weather } from './flights.ts';

/** Flights of a bad evening at one of two airports: they board, and some are seen to leave late. */
const flights = fc
  .record({
    number: fc.integer({ min: 1, max: 5 }),
    origin: fc.constantFrom('EWR', 'JFK'),
    scheduledMin: fc.integer({ min: 540, max: 660 }),
    delayMin: fc.integer({ min: 90, max: 240 }),
    leaves: fc.boolean(),
  })
  .map(({ number, origin, scheduledMin, delayMin, leaves }) => {
    const id = `UA${number}-${origin}-${at(scheduledMin)}`;
    return leaves
      ? event('recorded', recorded(id, scheduledMin, delayMin, { origin }))
      : event('boarding', boarding(id, scheduledMin, { origin }));
  });

const hours = fc
  .record({ station: fc.constantFrom('EWR', 'JFK'), hour: fc.integer({ min: 6, max: 12 }) })
  .map(({ station, hour }) => weather({ station, observed: at(hour * 60) }));

it('warns once and loses nothing, whatever crashes meanwhile', { timeout: 60_000 }, async () => {
  const stages = { features, inference, action };
  const { schedules, requests, verdicts } = await simulate(contract, stages, {
    events: flights,
    context: { weather: hours },
    runs: 300,
  });
  expect(schedules).toBe(300);
  // Something was warned of, left out, and read.
  expect(requests).toBeGreaterThan(50);
  expect(verdicts['action']?.['done']).toBeGreaterThan(20);
  expect(verdicts['action']?.['suppressed(below-threshold)']).toBeGreaterThan(50);
  expect(verdicts['context-weather']?.['state-only']).toBeGreaterThan(50);
});
