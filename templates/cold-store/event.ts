import { Type, type Static } from 'typebox';

/** An event as the sample shows it. It is open: a member that the sample does not have is let through. */
export const Observed = Type.Object({
  id: Type.String(),
  sensor: Type.String(),
  at: Type.String({ format: 'date-time' }),
  celsius: Type.Number(),
  door: Type.String(),
});
export type Observed = Static<typeof Observed>;

/** What an event is about: it has the Kafka key and a row of its own. */
export const entityOf = (event: Observed): string => event.sensor;

/** When it happened. */
export const timeOf = (event: Observed): string => event.at;

/** The number that is watched. */
export const valueOf = (event: Observed): number => event.celsius;

/** What tells one event from all others: a second one of the same identity is a duplicate, and dropped. */
export const idOf = (event: Observed): string => event.id;
