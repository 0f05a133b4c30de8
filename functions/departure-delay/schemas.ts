import { Type, type Static, type TObject, type TProperties } from 'typebox';

/** A schema has an owner and is closed: a member that nobody declared is refused (D9). */
const closed = <Properties extends TProperties>(properties: Properties): TObject<Properties> =>
  Type.Object(properties, { additionalProperties: false });

const nullable = <Schema extends TProperties[string]>(schema: Schema) => Type.Union([schema, Type.Null()]);

const instant = Type.String({ format: 'date-time' });
const airport = Type.String({ pattern: '^[A-Z]{3}$' });
const carrier = Type.String({ pattern: '^[A-Z0-9]{2}$' });

/** What is known of a flight before it leaves. */
export const scheduledFlight = {
  /** One departure: carrier, number, origin and schedule. */
  id: Type.String({ minLength: 1, maxLength: 64 }),
  carrier,
  flight: Type.Integer({ minimum: 1 }),
  origin: airport,
  destination: airport,
  scheduledDeparture: instant,
};

/** A flight begins to board. It knows nothing of what follows. */
export const Boarding = closed({
  ...scheduledFlight,
  at: instant,
  /** Tail number. */
  aircraft: nullable(Type.String({ minLength: 1, maxLength: 16 })),
  distanceMi: Type.Number({ minimum: 0 }),
});
export type Boarding = Static<typeof Boarding>;

/** A flight left; `at` is when. */
export const Recorded = closed({
  ...scheduledFlight,
  at: instant,
  departure: instant,
  /** Negative when it left early. */
  departureDelayMin: Type.Number(),
});
export type Recorded = Static<typeof Recorded>;

/** What a station measured in an hour. A measure that failed is `null`. */
export const Weather = closed({
  station: airport,
  observed: instant,
  temperatureF: nullable(Type.Number()),
  windSpeedMph: nullable(Type.Number({ minimum: 0 })),
  windGustMph: nullable(Type.Number({ minimum: 0 })),
  precipitationIn: nullable(Type.Number({ minimum: 0 })),
  visibilityMi: nullable(Type.Number({ minimum: 0 })),
});
export type Weather = Static<typeof Weather>;

/** A mean that forgets: sum and weight of what was observed, both as of `atMs` (event time). */
export const ForgettingMean = closed({ atMs: Type.Integer(), sum: Type.Number(), weight: Type.Number() });
export type ForgettingMean = Static<typeof ForgettingMean>;

const DueFlight = closed({ id: Type.String(), scheduledMs: Type.Integer() });
export type DueFlight = Static<typeof DueFlight>;

/** What is known at an airport: the row of the features stage. */
export const AirportBoard = closed({
  /** Delays of what left, minutes, with a short and with a long memory. */
  delayShort: ForgettingMean,
  delayLong: ForgettingMean,
  delayByCarrier: Type.Record(Type.String(), ForgettingMean),
  /** Boarded and not recorded as gone, in the order of boarding. */
  waiting: Type.Array(DueFlight),
  /** Recorded as gone and not seen boarding. */
  goneUnseen: Type.Array(DueFlight),
});
export type AirportBoard = Static<typeof AirportBoard>;

const measures = {
  visibilityMi: Type.Number(),
  precipitationIn: Type.Number(),
  windSpeedMph: Type.Number(),
};

/** The weather that a vector saw; there is no value where there was no observation. */
export const SeenWeather = Type.Union([
  closed({ status: Type.Literal('fresh'), ...measures }),
  closed({ status: Type.Literal('stale'), ageMin: Type.Number(), ...measures }),
  closed({ status: Type.Literal('missing') }),
]);
export type SeenWeather = Static<typeof SeenWeather>;

export const FeatureVector = closed({
  flight: Type.String(),
  carrier,
  origin: airport,
  destination: airport,
  scheduledDeparture: instant,
  /** Mean delays, minutes, drawn towards 0 where little left lately. */
  delayShortMin: Type.Number(),
  delayLongMin: Type.Number(),
  delayCarrierMin: Type.Number(),
  /** Flights past their schedule and not yet gone. */
  overdueFlights: Type.Integer({ minimum: 0 }),
  /** Hours into the operating day, 0–24. */
  dayHour: Type.Number({ minimum: 0, maximum: 24 }),
  distanceMi: Type.Number({ minimum: 0 }),
  weather: SeenWeather,
});
export type FeatureVector = Static<typeof FeatureVector>;

export const Decision = closed({
  flight: Type.String(),
  carrier,
  origin: airport,
  destination: airport,
  scheduledDeparture: instant,
  /** Estimated probability of a delay of 30 minutes or more. */
  score: Type.Number({ minimum: 0, maximum: 1 }),
  warn: Type.Boolean(),
  /** What raises the score most, in words. */
  reasons: Type.Array(Type.String(), { maxItems: 3 }),
  /** What to bear in mind: `weather:missing`, `weather:stale`, `outside-training:<feature>`. */
  flags: Type.Array(Type.String()),
  modelVersion: Type.String(),
});
export type Decision = Static<typeof Decision>;
