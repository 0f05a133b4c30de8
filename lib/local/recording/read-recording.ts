import { createHash } from 'node:crypto';
import { compiledValidator } from '../../adapters/schemas/compiled-validators.ts';
import { ConfigError } from '../../core/errors.ts';
import type { LetterReason } from '../../core/dead-letter.ts';
import type { Validator } from '../../core/ports/stage-ports.ts';
import { parseJson } from '../../core/json-value.ts';
import { issuesText } from '../../core/schema-issues.ts';
import type { Outcome, Recording, RecordingFiles } from '../../core/recording.ts';
import { toldOf } from '../../core/thrown-at.ts';
import type { EpochMs } from '../../core/units.ts';
import type { PlayItem, RejectedLine } from './playlist.ts';
import { filesIn, readLines, refuseWithout, type RecordedLine } from './read-lines.ts';

/** Everything that the files of a recording say. */
export interface ReadRecording {
  readonly items: readonly PlayItem[];
  /** What really followed, by the identity of the event that was decided on. */
  readonly outcomes: ReadonlyMap<string, boolean>;
  /** Event time from which on an outcome is known, where the recording tells. */
  readonly knownAt: ReadonlyMap<string, EpochMs>;
  /** SHA-256 over the files. */
  readonly digest: string;
}

type Understood =
  | { readonly kind: 'good'; readonly items: readonly PlayItem[]; readonly outcomes: readonly Outcome[] }
  | { readonly kind: 'bad'; readonly reason: LetterReason; readonly message: string };

/** So far from 1970 reaches a time that can be written, ms. @see ECMA-262, "Time Values and Time Range" */
const furthestMs = 8.64e15;

const understand = (
  { bytes }: RecordedLine,
  files: RecordingFiles<unknown>,
  validator: Validator,
): Understood => {
  const value = parseJson(bytes);
  if (value === undefined)
    return { kind: 'bad', reason: 'not-json', message: 'the line is not JSON in UTF-8' };
  const { parsed } = value;
  const issues = validator(parsed);
  if (issues.length > 0)
    return {
      kind: 'bad',
      reason: 'schema',
      message: `the line is not of the schema: ${issuesText(issues, '(whole line)')}`,
    };
  try {
    const events = files.events(parsed);
    const timeless = events.find(({ at }) => !(Math.abs(at) <= furthestMs));
    if (timeless !== undefined)
      return {
        kind: 'bad',
        reason: 'event-time',
        message: `event ${timeless.id} is at ${timeless.at}, expected milliseconds since 1970`,
      };
    return {
      kind: 'good',
      items: events.map((event) => ({ kind: 'event', to: event.to, at: event.at, event })),
      outcomes: files.outcomes?.(parsed) ?? [],
    };
  } catch (thrown) {
    return { kind: 'bad', reason: 'function-threw', message: toldOf(thrown) };
  }
};

/** A bad line says nothing of its time: it is played with the good one before it, or else with the first. */
const timesOf = (understood: readonly Understood[]): readonly (EpochMs | undefined)[] => {
  const own = understood.map((each) =>
    each.kind === 'good' ? each.items.map(({ at }) => at).toSorted((a, b) => a - b)[0] : undefined,
  );
  let last = own.find((at) => at !== undefined);
  return own.map((at) => {
    last = at ?? last;
    return last;
  });
};

const itemsOf = (
  lines: readonly RecordedLine[],
  understood: readonly Understood[],
  to: string,
): readonly PlayItem[] => {
  const times = timesOf(understood);
  return understood.flatMap((each, index): readonly PlayItem[] => {
    if (each.kind === 'good') return each.items;
    const line = lines[index];
    if (line === undefined) return [];
    const { reason, message } = each;
    const rejected: RejectedLine = {
      kind: 'rejected',
      to,
      at: times[index] ?? (0 as EpochMs),
      reason,
      message,
      ...line,
    };
    return [rejected];
  });
};

const refuseUnknown = (items: readonly PlayItem[], recording: Recording): void => {
  const known = ['source', ...Object.keys(recording.contract.context)];
  const unknown = items.find(({ to }) => !known.includes(to));
  if (unknown === undefined) return;
  throw new ConfigError('PIPELINE_INVALID', {
    message: 'the pipeline cannot be played:',
    problems: [
      {
        path: 'recording.files.*.to',
        got: `"${unknown.to}"`,
        expected: `one of ${known.join(', ')}`,
        fix: 'write `source`, or the name of a context of the contract',
      },
    ],
  });
};

/**
 * Reads the recording in a folder: every file whose name one of the kinds matches.
 *
 * A line that is not JSON or not of its schema is played as a dead letter; it stops nothing.
 *
 * @throws {ConfigError} `INPUT_INVALID` for a folder without the source's files and for a file that cannot be read
 */
export const readRecording = (recording: Recording, folder: string): ReadRecording => {
  const names = filesIn(folder);
  const items: PlayItem[] = [];
  const outcomes = new Map<string, boolean>();
  const knownAt = new Map<string, EpochMs>();
  const hash = createHash('sha256');
  for (const [kind, files] of Object.entries(recording.files)) {
    const matching = names.filter((name) => files.pattern.test(name));
    // Context may be missing, and is then said to be; without the source there is nothing to play.
    if (matching.length === 0 && files.to === 'source') refuseWithout(folder, kind, files.pattern);
    const validator = compiledValidator(files.schema, `recording.files.${kind}.schema`);
    const { lines, digests } = readLines(folder, matching);
    for (const digest of digests) hash.update(`${digest}\n`);
    const understood = lines.map((line) => understand(line, files, validator));
    items.push(...itemsOf(lines, understood, files.to));
    for (const each of understood)
      if (each.kind === 'good')
        for (const { id, positive, at } of each.outcomes) {
          outcomes.set(id, positive);
          if (at !== undefined) knownAt.set(id, at);
        }
  }
  refuseUnknown(items, recording);
  return { items, outcomes, knownAt, digest: hash.digest('hex') };
};
