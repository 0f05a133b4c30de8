import { statusAt } from '../../../lib/core/batch/context-views.ts';
import type { RecordedEvent } from '../../../lib/core/recording.ts';
import type { ContextView } from '../../../lib/core/stages/features.ts';
import { contract } from '../contract.ts';
import { features } from '../features.ts';
import type { FeatureVector, Weather } from '../schemas.ts';
import type { RecordingRead } from './read-recording.ts';

/** A boarding as the stage saw it, and what followed. */
export interface FlightExample {
  readonly vector: FeatureVector;
  readonly positive: boolean;
}

const { key: entityMember } = contract.resolved.source;
const { source: weatherSource, ...bounds } = contract.resolved.context['weather'] ?? {
  maxAgeMs: 0,
  historyMs: 0,
  source: undefined,
};

const memberOf = (event: RecordedEvent, name: string): string => {
  const value = (event.data as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : '';
};

/**
 * Vectors of all boardings that were followed by an outcome, made as the stage makes them: by the stage's own functions, in the
 * order of event time, with the newest weather that was not after the event.
 */
export const examplesOf = ({ events, positive }: RecordingRead): readonly FlightExample[] => {
  const rows = new Map<string, unknown>();
  const newest = new Map<string, RecordedEvent>();
  const examples: FlightExample[] = [];
  for (const event of events) {
    if (event.to === 'weather') {
      newest.set(memberOf(event, weatherSource?.key ?? ''), event);
      continue;
    }
    const entity = memberOf(event, entityMember);
    const handler = features.on[event.type];
    const state = handler?.fold(rows.get(entity) ?? features.initial, event.data);
    rows.set(entity, state);
    const followed = positive.get(event.id);
    if (handler?.emit === undefined || followed === undefined) continue;
    const weather = viewAt(newest.get(entity), event.at);
    const vector = handler.emit({ state, event: event.data, context: { weather } }) as FeatureVector;
    examples.push({ vector, positive: followed });
  }
  return examples;
};

const viewAt = (observation: RecordedEvent | undefined, nowMs: number): ContextView<Weather> => {
  if (!observation) return { status: 'missing' };
  const ageMs = nowMs - observation.at;
  const status = statusAt(ageMs, bounds);
  return status === 'missing' ? { status } : { status, value: observation.data as unknown as Weather, ageMs };
};

/**
 * Every tenth example a second time, with its weather withheld. Stations rarely fail for long, and a model that had never
 * seen it would know nothing of what a missing report means.
 */
export const withWeatherWithheld = (examples: readonly FlightExample[]): readonly FlightExample[] => [
  ...examples,
  ...examples
    .filter((_, index) => index % 10 === 0)
    .map(({ vector, positive }) => ({
      vector: { ...vector, weather: { status: 'missing' as const } },
      positive,
    })),
];
