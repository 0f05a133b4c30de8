import type { PlayItem } from '../../recording/playlist.ts';

/** The entity that a played event is of, as its record's key says it; `undefined` for what is no event, or has none. */
export const eventKey = (item: PlayItem, member: string): string | undefined => {
  if (item.kind === 'rejected') return undefined;
  const { data } = item.event;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined;
  const value = (data as Readonly<Record<string, unknown>>)[member];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
};
