import type { NamedFeatures } from '../../lib/adapters/logistic.ts';
import type { FeatureVector } from './schemas.ts';

type Measure = 'visibilityMi' | 'precipitationIn' | 'windSpeedMph';

/** Unknown where the weather is missing: `weatherMissing` then speaks for the three. Stale weather counts as it was. */
const measure =
  (name: Measure) =>
  ({ weather }: FeatureVector): number | undefined =>
    weather.status === 'missing' ? undefined : weather[name];

/** What the model looks at, by the names in its file; training and inference read a vector through these alone. */
export const modelFeatures = {
  delayShortMin: ({ delayShortMin }) => delayShortMin,
  delayLongMin: ({ delayLongMin }) => delayLongMin,
  delayCarrierMin: ({ delayCarrierMin }) => delayCarrierMin,
  overdueFlights: ({ overdueFlights }) => overdueFlights,
  dayHour: ({ dayHour }) => dayHour,
  // Delays build up over the day and end with it.
  dayHourSquared: ({ dayHour }) => dayHour ** 2,
  visibilityMi: measure('visibilityMi'),
  precipitationIn: measure('precipitationIn'),
  windSpeedMph: measure('windSpeedMph'),
  weatherMissing: ({ weather }) => (weather.status === 'missing' ? 1 : 0),
  distanceMi: ({ distanceMi }) => distanceMi,
} as const satisfies NamedFeatures<FeatureVector>;

export type FeatureName = keyof typeof modelFeatures;
