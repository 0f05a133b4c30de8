import type { Static } from 'typebox';
import { event, type GivenEvent } from '../../lib/testing/event.ts';
import { action } from '../fixtures/meters/action.ts';
import type { Reading } from '../fixtures/meters/contract.ts';
import { features } from '../fixtures/meters/features.ts';
import { inference } from '../fixtures/meters/inference.ts';
import type { BenchStages } from './ops-bench.ts';

export const metersStages: BenchStages = { features, inference, action };

export const meter = { district: 'north', meter: 'm-1' };

export const reading = (
  { district, meter: name }: typeof meter,
  kwh: number,
  at = '2026-01-05T08:00:00Z',
): Static<typeof Reading> => ({ district, meter: name, at, kwh });

/** The same, as an event for `given(…)`. */
export const readingEvent = (name: string, kwh: number): GivenEvent<'reading', Static<typeof Reading>> =>
  event('reading', reading({ ...meter, meter: name }, kwh));
