import { keyed } from '../../lib/core/contract/policies.ts';
import { topic } from '../../lib/core/contract/topics.ts';
import { defineTrigger } from '../../lib/core/contract/trigger.ts';
import { days, hours, millis, perMinute, seconds } from '../../lib/core/units.ts';
import { AirportBoard, Boarding, Decision, FeatureVector, Recorded, Weather } from './schemas.ts';

// Every hop begins at once: a window would spend the target on waiting.
const noWindow = { window: seconds(0) };

/** At boarding, predict a delay of 30 minutes or more and warn, once, while the warning still helps. */
export const contract = defineTrigger({
  pipeline: 'departure-delay',
  version: '1.0.0',
  owner: 'airport-operations',
  freshness: { target: seconds(5), objective: 0.99 },
  deadline: seconds(60),
  source: topic('flights.departure.observed', {
    key: 'origin',
    time: 'at',
    partitions: 6,
    retention: days(7),
    events: { boarding: Boarding, recorded: Recorded },
    unknown: 'ignore',
  }),
  context: {
    weather: {
      source: topic('flights.weather.observed', {
        key: 'station',
        time: 'observed',
        events: { observed: Weather },
      }),
      maxAge: hours(2),
      history: hours(6),
      whenStale: 'flag',
      mapping: { ...noWindow, batchSize: 500 },
    },
  },
  features: {
    budget: millis(500),
    row: AirportBoard,
    memory: hours(24),
    output: FeatureVector,
    mapping: { ...noWindow, batchSize: 500 },
  },
  inference: {
    budget: millis(1_000),
    output: Decision,
    late: 'flag',
    mapping: { ...noWindow, batchSize: 250 },
  },
  action: {
    budget: millis(1_500),
    effect: keyed(),
    late: 'suppress',
    limit: perMinute(5_000),
    giveUp: { after: seconds(45), attempts: 5 },
    mapping: { ...noWindow, batchSize: 100 },
  },
});
