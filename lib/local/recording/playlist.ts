import type { LetterReason } from '../../core/dead-letter.ts';
import type { RecordedEvent } from '../../core/recording.ts';
import type { EpochMs } from '../../core/units.ts';

/** A line that cannot be played: it becomes a dead letter where it would have been played. */
export interface RejectedLine {
  readonly kind: 'rejected';
  /** `source`, or the name of a context. */
  readonly to: string;
  readonly at: EpochMs;
  readonly reason: LetterReason;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly bytes: Uint8Array;
}

export interface PlayedEvent {
  readonly kind: 'event';
  readonly to: string;
  readonly at: EpochMs;
  readonly event: RecordedEvent;
}

export type PlayItem = PlayedEvent | RejectedLine;

/** What is played, in order. Contexts have a list of their own: it may run ahead of the other within bounds. */
export interface Playlists {
  readonly source: readonly PlayItem[];
  readonly context: readonly PlayItem[];
}

export type Lane = keyof Playlists;

/** A part of a recording, by event time; `undefined`: as far as it goes. */
export interface Range {
  readonly from: EpochMs | undefined;
  /** Exclusive. */
  readonly to: EpochMs | undefined;
}

/** Behind every event of its instant. */
const rankOf = (item: PlayItem): number =>
  item.kind === 'event' ? (item.event.rank ?? 0) : Number.POSITIVE_INFINITY;

const inOrder = (items: readonly PlayItem[]): readonly PlayItem[] =>
  // The sort is stable: what has the same instant and rank stays in the order of the files.
  items.toSorted((one, other) => one.at - other.at || compare(rankOf(one), rankOf(other)));

/** Not a difference: that of two infinities is none. */
const compare = (one: number, other: number): number => (one === other ? 0 : one < other ? -1 : 1);

/** Sorts what was read into the two lists, and leaves out what is not of the range. */
export const playlistsOf = (items: readonly PlayItem[], { from, to }: Range): Playlists => {
  const inRange = items.filter(
    ({ at }) => (from === undefined || at >= from) && (to === undefined || at < to),
  );
  const { source = [], context = [] } = Object.groupBy(inRange, (item) =>
    item.to === 'source' ? 'source' : 'context',
  );
  return { source: inOrder(source), context: inOrder(context) };
};
