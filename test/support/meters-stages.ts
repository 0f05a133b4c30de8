import { action } from '../fixtures/meters/action.ts';
import { features } from '../fixtures/meters/features.ts';
import { inference } from '../fixtures/meters/inference.ts';
import type { BenchStages } from './ops-bench.ts';

export const metersStages: BenchStages = { features, inference, action };

export const meter = { district: 'north', meter: 'm-1' };

export const reading = (
  { district, meter: name }: typeof meter,
  kwh: number,
  at = '2026-01-05T08:00:00Z',
): Readonly<Record<string, unknown>> => ({ district, meter: name, at, kwh });
