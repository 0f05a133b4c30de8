import type { Contribution } from '../../lib/adapters/logistic.ts';
import type { FeatureName } from './model-features.ts';
import type { FeatureVector } from './schemas.ts';

const mostReasons = 3;
/** Less than this moves a score of 30 % by about one point: not a reason. */
const leastLogOdds = 0.05;

const minutesLate = (minutes: number): string =>
  minutes >= 0 ? `${Math.round(minutes)} min late` : `${Math.round(-minutes)} min early`;

const weatherWords = ({ weather }: FeatureVector): string =>
  weather.status === 'missing'
    ? 'no weather report'
    : `visibility ${weather.visibilityMi} mi, rain ${weather.precipitationIn} in, wind ${Math.round(weather.windSpeedMph)} mph`;

/** What people would call one thing is one reason, though the model sees several numbers. */
const reasons: readonly {
  readonly features: readonly FeatureName[];
  readonly words: (vector: FeatureVector) => string;
}[] = [
  {
    features: ['delayShortMin', 'delayLongMin'],
    words: ({ origin, delayShortMin, delayLongMin }) =>
      `departures from ${origin} run ${minutesLate(delayShortMin)} now, ${minutesLate(delayLongMin)} over hours`,
  },
  {
    features: ['delayCarrierMin'],
    words: ({ carrier, origin, delayCarrierMin }) =>
      `${carrier} runs ${minutesLate(delayCarrierMin)} at ${origin}`,
  },
  {
    features: ['overdueFlights'],
    words: ({ overdueFlights, origin }) =>
      `${overdueFlights} ${overdueFlights === 1 ? 'flight is' : 'flights are'} past schedule and not gone from ${origin}`,
  },
  {
    features: ['dayHour', 'dayHourSquared'],
    words: ({ scheduledDeparture }) => `the time of day, ${scheduledDeparture.slice(11, 16)} UTC`,
  },
  {
    features: ['visibilityMi', 'precipitationIn', 'windSpeedMph', 'weatherMissing'],
    words: weatherWords,
  },
  { features: ['distanceMi'], words: ({ distanceMi }) => `a flight of ${Math.round(distanceMi)} mi` },
];

/** What raises the score most against that of a mean flight, in plain words with the values; at most three, strongest first. */
export const topReasons = (contributions: readonly Contribution[], vector: FeatureVector): string[] => {
  const byName = new Map(contributions.map(({ name, logOdds }) => [name, logOdds]));
  return reasons
    .map(({ features, words }) => ({
      logOdds: features.reduce((sum, name) => sum + (byName.get(name) ?? 0), 0),
      words,
    }))
    .filter(({ logOdds }) => logOdds >= leastLogOdds)
    .toSorted((a, b) => b.logOdds - a.logOdds)
    .slice(0, mostReasons)
    .map(({ words }) => words(vector));
};
