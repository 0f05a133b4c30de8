import type { StageName } from '../../core/contract/resolved.ts';
import type { Header } from '../../core/record.ts';
import type { EpochMs } from '../../core/units.ts';

/** A record as it was when it became a letter. */
export interface LetteredRecord {
  readonly topic: string;
  /** `undefined` where whoever wrote the letter did not say it. */
  readonly topicId: string | undefined;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: EpochMs;
  readonly timestampType: 'CREATE_TIME' | 'LOG_APPEND_TIME';
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly Header[];
}

/**
 * Who wrote it: one of our stages, the event source mapping that gave up, the local player about a line it could not read, or
 * something else that uses the topic.
 */
export type LetterWriter = 'stage' | 'mapping' | 'player' | 'other';

/** A dead letter, whoever wrote it. */
export interface Letter {
  /** Copies of one letter have one id: `freshet.letter.id`, or what stands for it. */
  readonly id: string;
  readonly writer: LetterWriter;
  /** The stage that failed on it, or what somebody else called the place. */
  readonly place: string;
  /** The stage that could process it again; `undefined` where it is none of this pipeline. */
  readonly stage: StageName | undefined;
  readonly reason: string;
  readonly message: string;
  /** n: how often it had been redriven. A letter of the mapping stands before the first failure of a stage: −1. */
  readonly redrive: number;
  readonly record: LetteredRecord;
  /** Bytes of the value that had no room in the letter; 0 where it is whole. */
  readonly truncatedBytes: number;
  readonly writtenAt: EpochMs;
  readonly foundAt: { readonly topic: string; readonly partition: number; readonly offset: number };
}

/**
 * A letter's name for people: `inference/2/1045`, and `#1` behind it after a first redrive. A stage reads one topic; the
 * player writes to all, so its letters say which: `player/orders-v2/0/17`.
 */
export const letterName = ({ place, record, redrive, writer }: Letter): string => {
  const of = writer === 'player' ? `${place}/${record.topic}` : place;
  const name = `${of}/${record.partition}/${record.offset}`;
  if (writer === 'mapping') return `${name}#mapping`;
  return redrive === 0 ? name : `${name}#${redrive}`;
};
