import type { ContextView } from '../../lib/core/stages/features.ts';
import { halfLifeMs, overdueAt } from './board.ts';
import { meanAt, nothingObserved } from './forgetting-mean.ts';
import type { AirportBoard, Boarding, FeatureVector, SeenWeather, Weather } from './schemas.ts';

const hourMs = 3_600_000;

/**
 * When New York's operating day begins: 09:00 UTC, four or five in the morning there. Hours count from here, so that an
 * evening does not break at midnight UTC; no table of time zones is needed, and none can change what a replay gives.
 */
const dayBeginsMs = 9 * hourMs;

const dayHourOf = (atMs: number): number => ((atMs - dayBeginsMs) % (24 * hourMs)) / hourMs;

/** Two decimals are more than was measured, and keep vectors short. */
const rounded = (value: number): number => Math.round(value * 100) / 100;

/** A station that did not measure one of the three is as good as none: a gap is never filled with a number. */
const seen = (view: ContextView<Weather>): SeenWeather => {
  if (view.status === 'missing') return { status: 'missing' };
  const { visibilityMi, precipitationIn, windSpeedMph } = view.value;
  if (visibilityMi === null || precipitationIn === null || windSpeedMph === null)
    return { status: 'missing' };
  const measures = { visibilityMi, precipitationIn, windSpeedMph };
  return view.status === 'fresh'
    ? { status: 'fresh', ...measures }
    : { status: 'stale', ageMin: rounded(view.ageMs / 60_000), ...measures };
};

/** What is known of a flight when it boards: from the board, the flight itself and the weather. */
export const vectorOf = (
  board: AirportBoard,
  { id, carrier, origin, destination, scheduledDeparture, at, distanceMi }: Boarding,
  weather: ContextView<Weather>,
): FeatureVector => {
  const nowMs = Date.parse(at);
  const ofCarrier = board.delayByCarrier[carrier] ?? nothingObserved;
  return {
    flight: id,
    carrier,
    origin,
    destination,
    scheduledDeparture,
    delayShortMin: rounded(meanAt(board.delayShort, nowMs, halfLifeMs.short)),
    delayLongMin: rounded(meanAt(board.delayLong, nowMs, halfLifeMs.long)),
    delayCarrierMin: rounded(meanAt(ofCarrier, nowMs, halfLifeMs.carrier)),
    overdueFlights: overdueAt(board, nowMs),
    dayHour: rounded(dayHourOf(Date.parse(scheduledDeparture))),
    distanceMi,
    weather: seen(weather),
  };
};
