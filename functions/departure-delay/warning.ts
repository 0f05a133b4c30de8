import type { Decision } from './schemas.ts';

/** What is sent to whoever rebooks passengers and gates. */
export type Warning = Omit<Decision, 'warn'>;

export const warningOf = ({
  flight,
  carrier,
  origin,
  destination,
  scheduledDeparture,
  score,
  reasons,
  flags,
  modelVersion,
}: Decision): Warning => ({
  flight,
  carrier,
  origin,
  destination,
  scheduledDeparture,
  score,
  reasons,
  flags,
  modelVersion,
});
