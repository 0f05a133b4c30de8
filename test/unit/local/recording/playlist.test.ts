import { describe, expect, it } from 'vitest';
import { playlistsOf, type PlayItem } from '../../../../lib/local/recording/playlist.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';

const event = (
  id: string,
  at: number,
  { to = 'source', rank }: { to?: string; rank?: number } = {},
): PlayItem => ({
  kind: 'event',
  to,
  at: epochMsOf(at),
  event: { to, type: 't', id, at: epochMsOf(at), data: {}, ...(rank === undefined ? {} : { rank }) },
});
const rejected = (line: number, at: number): PlayItem => ({
  kind: 'rejected',
  to: 'source',
  at: epochMsOf(at),
  reason: 'schema',
  message: '',
  file: 'f',
  line,
  bytes: new Uint8Array(),
});
const named = (items: readonly PlayItem[]): readonly string[] =>
  items.map((item) => (item.kind === 'event' ? item.event.id : `line ${item.line}`));
const whole = { from: undefined, to: undefined };

describe('a playlist', () => {
  it('is in order of time, then rank, then of the files', () => {
    const { source } = playlistsOf(
      [
        event('late', 3),
        rejected(9, 1),
        event('b', 1, { rank: 1 }),
        event('a2', 1),
        event('a1', 1),
        event('first', 1, { rank: -1 }),
      ],
      whole,
    );
    expect(named(source)).toEqual(['first', 'a2', 'a1', 'b', 'line 9', 'late']);
  });

  it('keeps contexts apart', () => {
    const { source, context } = playlistsOf(
      [event('s', 1), event('w', 2, { to: 'weather' }), event('x', 1, { to: 'other' })],
      whole,
    );
    expect([named(source), named(context)]).toEqual([['s'], ['x', 'w']]);
    expect(playlistsOf([], whole)).toEqual({ source: [], context: [] });
  });

  it('begins with the range and ends before its end', () => {
    const items = [1, 2, 3, 4].map((at) => event(String(at), at));
    expect(named(playlistsOf(items, { from: epochMsOf(2), to: epochMsOf(4) }).source)).toEqual(['2', '3']);
    expect(named(playlistsOf(items, { from: undefined, to: epochMsOf(2) }).source)).toEqual(['1']);
    expect(named(playlistsOf(items, { from: epochMsOf(4), to: undefined }).source)).toEqual(['4']);
  });
});
