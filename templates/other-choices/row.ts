import { Type, type Static } from 'typebox';

/** Nothing is kept of an entity: an event is judged by itself. */
export const Row = Type.Object({}, { additionalProperties: false });
export type Row = Static<typeof Row>;
