import { epochMsOf, toIso } from '../../../lib/core/units.ts';
import type { Boarding, FeatureVector, Recorded, Weather } from '../schemas.ts';

const morning = Date.parse('2013-01-10T12:00:00Z');

/** A moment of the test's day, in minutes after 12:00 UTC. */
export const at = (minutes: number): string => toIso(epochMsOf(morning + minutes * 60_000));
export const atMs = (minutes: number): number => Date.parse(at(minutes));

const flight = (id: string, scheduledMin: number) => ({
  id,
  carrier: 'UA',
  flight: 100,
  origin: 'EWR',
  destination: 'ORD',
  scheduledDeparture: at(scheduledMin),
});

/** Boards half an hour before its schedule. */
export const boarding = (id: string, scheduledMin: number, changes: Partial<Boarding> = {}): Boarding => ({
  ...flight(id, scheduledMin),
  at: at(scheduledMin - 30),
  aircraft: null,
  distanceMi: 719,
  ...changes,
});

/** Leaves so late. */
export const recorded = (
  id: string,
  scheduledMin: number,
  delayMin: number,
  changes: Partial<Recorded> = {},
): Recorded => ({
  ...flight(id, scheduledMin),
  at: at(scheduledMin + delayMin),
  departure: at(scheduledMin + delayMin),
  departureDelayMin: delayMin,
  ...changes,
});

export const weather = (changes: Partial<Weather> = {}): Weather => ({
  station: 'EWR',
  observed: at(0),
  temperatureF: 30,
  windSpeedMph: 18.4,
  windGustMph: null,
  precipitationIn: 0.02,
  visibilityMi: 1.5,
  ...changes,
});

export const vector = (changes: Partial<FeatureVector> = {}): FeatureVector => ({
  flight: 'UA100',
  carrier: 'UA',
  origin: 'EWR',
  destination: 'ORD',
  scheduledDeparture: at(600),
  delayShortMin: 40,
  delayLongMin: 20,
  delayCarrierMin: 60.4,
  overdueFlights: 12,
  dayHour: 13,
  distanceMi: 719,
  weather: { status: 'fresh', visibilityMi: 1.5, precipitationIn: 0.02, windSpeedMph: 18.4 },
  ...changes,
});

/** Freezes all of a value: whoever changes it throws. */
export const frozen = <Value>(value: Value): Value => {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) frozen(member);
    Object.freeze(value);
  }
  return value;
};
