import { Type, type Static } from 'typebox';

const closed = { additionalProperties: false };
const instant = Type.String({ format: 'date-time' });

/** What the model sees of an event: everything that a decision rests on, and nothing else. */
export const Vector = Type.Object(
  {
    entity: Type.String(),
    at: instant,
    value: Type.Number(),
    /** What was to be expected, and how far values lie from it as a rule. */
    usual: Type.Number(),
    spread: Type.Number({ minimum: 0 }),
  },
  closed,
);
export type Vector = Static<typeof Vector>;

export const Decision = Type.Object(
  {
    entity: Type.String(),
    at: instant,
    /** How unusual the value is, 0 to 1. */
    score: Type.Number({ minimum: 0, maximum: 1 }),
    alert: Type.Boolean(),
    reason: Type.String(),
  },
  closed,
);
export type Decision = Static<typeof Decision>;
