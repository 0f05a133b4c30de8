import { join, resolve } from 'node:path';
import { pipelineFolderOf } from '../../lib/build/discover.ts';
import type { ResolvedContract } from '../../lib/core/contract/resolved.ts';
import { bytesOf, type OutputRecord } from '../../lib/core/record.ts';
import type { Recording } from '../../lib/core/recording.ts';
import { epochMsOf, type EpochMs } from '../../lib/core/units.ts';
import { publisherOf } from '../../lib/local/player/publication.ts';
import { loadRecording } from '../../lib/local/recording/load-recording.ts';
import { playlistsOf, type PlayItem } from '../../lib/local/recording/playlist.ts';
import { readRecording } from '../../lib/local/recording/read-recording.ts';

const root = resolve(import.meta.dirname, '../..');
export const monthFolder = 'functions/departure-delay';

/** The month of departures that comes with the project, ready to be published. */
export interface RecordedMonth {
  readonly recording: Recording;
  readonly contract: ResolvedContract;
  readonly source: readonly PlayItem[];
  readonly context: readonly PlayItem[];
}

export const recordedMonth = async (): Promise<RecordedMonth> => {
  const recording = await loadRecording(pipelineFolderOf(root, join(root, monthFolder)));
  const { items } = readRecording(recording, join(root, recording.folder));
  const { source, context } = playlistsOf(items, { from: undefined, to: undefined });
  return { recording, contract: recording.contract, source, context };
};

const dayMs = 86_400_000;
const monthMs = 31 * dayMs;

/** A copy goes on where the one before it ended: were time to go back, boards would be of a month to come, and warn of everything. */
const later = (value: string, copy: number): string =>
  /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)
    ? new Date(Date.parse(value) + copy * monthMs).toISOString().replace('.000Z', 'Z')
    : value;

/** How a month is multiplied. */
export interface Multiples {
  /** Of the month's events, the first so many: 0–1. */
  readonly share: number;
  /** The month so many times over, one after the other, each with identities and times of its own. */
  readonly copies: number;
  /** So many keys for each of the recording's. */
  readonly keys: number;
}

const letters = 26;

/** An airport's code for one of its variants: three letters, for that is what the contract takes. */
const codeOf = (codes: Map<string, string>, airport: string, variant: number): string => {
  const name = `${airport}/${variant}`;
  const known = codes.get(name);
  if (known !== undefined) return known;
  const number = codes.size;
  const letter = (value: number): string => String.fromCharCode(65 + (value % letters));
  const code = `${letter(number)}${letter(Math.floor(number / letters))}${letter(Math.floor(number / letters ** 2))}`;
  codes.set(name, code);
  return code;
};

/**
 * Items as records, at a time.
 *
 * Events are dealt to the variants of their key one after the other: more keys make no more events. So a variant's weather is
 * older than its airport's was; what it costs to look for is the same.
 */
export function* publications(
  items: readonly PlayItem[],
  recording: Recording,
  environment: string,
  { share, copies, keys }: Multiples,
  now: EpochMs,
): Generator<OutputRecord> {
  const publisher = publisherOf(recording, environment);
  const codes = new Map<string, string>();
  for (let copy = 0; copy < copies; copy += 1)
    for (const [index, item] of items.slice(0, Math.ceil(items.length * share)).entries()) {
      if (item.kind !== 'event') continue;
      const data = Object.fromEntries(
        Object.entries(item.event.data as Readonly<Record<string, string>>).map(([name, value]) => [
          name,
          copy > 0 && typeof value === 'string' ? later(value, copy) : value,
        ]),
      );
      const member = item.to === 'source' ? 'origin' : 'station';
      if (keys > 1) data[member] = codeOf(codes, data[member] ?? '', index % keys);
      if (copy > 0 && item.to === 'source') data['id'] = `${data['id']}~${copy}`;
      const id = copy > 0 ? `${item.event.id}~${copy}` : item.event.id;
      const record = publisher.recordOf(
        { ...item, event: { ...item.event, id, data } },
        { index, batch: index, batchSize: 1 },
        epochMsOf(now),
      );
      // The player's mark is no part of an event.
      yield { ...record, headers: record.headers.filter(({ name }) => name !== 'freshet.play') };
    }
}

/** A header of the bench's own, in text. */
export const benchHeader = (name: string, text: string) => ({ name, value: bytesOf(text) });
