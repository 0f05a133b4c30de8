/**
 * What a redrive of a letter would meet, by what its stage's store says now. Nothing is decided here: the stage itself admits
 * a redrive or does not, and may see something else by then.
 */
import { decodeChained, entityOf, type Chained } from '../../core/batch/decode.ts';
import { messageOf, TransientError } from '../../core/errors.ts';
import { identityKey } from '../../core/identity.ts';
import { ceHeader } from '../../core/envelope.ts';
import { digestOf } from '../../core/digest.ts';
import type { LedgerItem } from '../../core/ledger/item.ts';
import type { LedgerStore } from '../../core/ports/stores.ts';
import type { Coordinates, SourceRecord } from '../../core/record.ts';
import { emptyRow, holeAt, isBehindFence, knownIdentity, openRow, type Row } from '../../core/rows/row.ts';
import type { Deployment } from '../deployment.ts';
import type { Letter, LetteredRecord } from './letter.ts';

export type Standing =
  /** A redrive opens it. */
  | { readonly kind: 'open'; readonly note: string | undefined }
  /** It was settled since: a redrive repeats what is stored, and does nothing else. */
  | { readonly kind: 'settled'; readonly as: string }
  /** It is open, and its stage does not act on it so late: it would stay as it is. */
  | { readonly kind: 'past-deadline' }
  | { readonly kind: 'not-redrivable'; readonly why: string };

const open = (note?: string): Standing => ({ kind: 'open', note });
const never = (why: string): Standing => ({ kind: 'not-redrivable', why });

/** A letter whose record is whole and whose topic is known. */
export interface PlacedLetter {
  readonly letter: Letter;
  readonly record: LetteredRecord;
  readonly topicId: string;
}

const sourceRecordOf = ({ record }: PlacedLetter): SourceRecord => ({ ...record, listedUnder: 'redrive' });

const coordinatesOf = ({ record, topicId }: PlacedLetter): Coordinates => ({
  topic: record.topic,
  topicId,
  partition: record.partition,
  offset: record.offset,
});

/**
 * @param pastDeadline - whether the redrive may act after the deadline
 * @throws {TransientError} where a store does not answer
 */
export const standingOf = async (
  deployment: Deployment,
  placed: PlacedLetter,
  pastDeadline: boolean,
): Promise<Standing> => {
  switch (placed.letter.stage) {
    case undefined:
      return never(notOurs(placed.letter));
    case 'features':
      return featuresStanding(deployment, placed);
    case 'inference':
      return claimedStanding(deployment, placed, pastDeadline, 'inference', deployment.claims);
    case 'action':
      return claimedStanding(deployment, placed, pastDeadline, 'action', deployment.effects);
    default:
      // A context's observations go by key and event time: processing one again can only store the same.
      return open();
  }
};

/** Why a letter is not redrivable that no stage of the pipeline wrote. */
export const notOurs = ({ writer, place }: Letter): string =>
  writer === 'player'
    ? 'its line could not be read, so it never was an event: mend the line and play the recording again'
    : `${place} wrote it: no stage of this pipeline failed on it`;

const featuresStanding = async (deployment: Deployment, placed: PlacedLetter): Promise<Standing> => {
  const { letter, record } = placed;
  if (letter.writer === 'mapping')
    return never(
      'the mapping gave up before features could leave a hole in the row, and a record may not be folded behind its fence: the row has to be rebuilt',
    );
  if (record.key === null) return never('it has no key, so there is no row that could know of it');
  const [read] = await deployment.rows.read([entityOf(record.key)]);
  if (read?.kind !== 'read') throw unavailable('the rows', read?.cause);
  const { features } = deployment.contract;
  let row: Row;
  try {
    row =
      read.value === undefined
        ? emptyRow(null, features.foldVersion)
        : openRow(read.value, entityOf(record.key), features.foldVersion);
  } catch (thrown) {
    return never(messageOf(thrown));
  }
  const hole = holeAt(row, coordinatesOf(placed));
  if (hole?.redrive === letter.redrive) return open();
  if (hole !== undefined && hole.redrive > letter.redrive)
    return never(`it was redriven and failed again: letter ${hole.redrive} stands for it now`);
  if (wasFolded(row, record)) return { kind: 'settled', as: 'folded' };
  if (!isBehindFence(row, coordinatesOf(placed)))
    return open('the delivery that wrote the letter is not finished yet');
  return never(
    `its hole is no longer in the row: it was folded long ago, or evicted, for a row remembers ${features.holes} dead letters`,
  );
};

const wasFolded = (row: Row, { headers, value }: LetteredRecord): boolean => {
  const source = ceHeader(headers, 'source');
  const id = ceHeader(headers, 'id');
  return (
    source !== undefined &&
    id !== undefined &&
    value !== null &&
    knownIdentity(row, identityKey({ source, id }), digestOf(value)) === 'same'
  );
};

const claimedStanding = async (
  deployment: Deployment,
  placed: PlacedLetter,
  pastDeadline: boolean,
  stage: 'inference' | 'action',
  ledger: LedgerStore,
): Promise<Standing> => {
  const { contract, clock } = deployment;
  const arrival = { record: sourceRecordOf(placed), at: coordinatesOf(placed), epoch: 0 };
  const type = stage === 'inference' ? 'vector' : 'decision';
  const chained = decodeChained(arrival, type, () => []);
  const [read] = await ledger.read([chained.key]);
  if (read?.kind !== 'read') throw unavailable('the ledger', read?.cause);
  const isPastHorizon = clock.now() > chained.originAppend + contract.keyRetentionMs;
  const standing = itemStanding(placed.letter, chained, read.value, isPastHorizon);
  const isLate = chained.envelope !== undefined && clock.now() > chained.envelope.expiry;
  const isFresh = standing.kind === 'open' && standing.note === undefined;
  return isFresh && isLate && contract[stage].late === 'suppress'
    ? lateStanding(placed.letter, pastDeadline)
    : standing;
};

const lateStanding = ({ writer }: Letter, pastDeadline: boolean): Standing => {
  if (pastDeadline) return open('past its deadline, and acts all the same');
  return writer === 'mapping' ? open('past its deadline: it will be suppressed') : { kind: 'past-deadline' };
};

const itemStanding = (
  { writer, redrive }: Letter,
  { digest }: Chained,
  item: LedgerItem | undefined,
  isPastHorizon: boolean,
): Standing => {
  if (item === undefined) {
    if (isPastHorizon)
      return never('its origin is older than keys are remembered: nobody can tell whether it was acted on');
    return writer === 'mapping'
      ? open()
      : never('the ledger does not know it, so nothing there can be opened again');
  }
  if (item.originDigest !== digest)
    return never('another payload came under its identity first, and that one counts: mend the producer');
  switch (item.state) {
    case 'DONE':
    case 'SUPPRESSED':
      return { kind: 'settled', as: item.state.toLowerCase() };
    case 'IN_DOUBT':
      return { kind: 'settled', as: 'in doubt: npx freshet effects resolve says what became of it' };
    case 'FAILED':
      if (item.redrive === redrive) return open();
      return { kind: 'settled', as: `failed: letter ${item.redrive} stands for it` };
    case 'CLAIMED':
    case 'RELEASED':
      return open('a redrive or a delivery of it is not finished yet');
  }
};

const unavailable = (store: string, cause: unknown): TransientError =>
  new TransientError('STORE_UNAVAILABLE', { message: `${store} could not be read; try again`, cause });
