import type { Letter } from '../../ops/letters/letter.ts';
import { letterName } from '../../ops/letters/letter.ts';
import type { Trouble } from '../../local/stages/trouble.ts';
import { partsOfTold } from '../../core/thrown-at.ts';
import { nextCommand, type Whereabouts } from '../next-command.ts';
import { paint, type Screen } from '../terminal.ts';
import { codeNamed, guide, pageLink } from './guide.ts';
import type { GuideCode } from './page.ts';
import { placeOfCalled, placeOfReturned, placeOfStage, type Stages } from './stage-place.ts';
import { placeFrom, placeLines, type Place } from './source-line.ts';

/** Something that went wrong while a run goes on. */
export interface Notice {
  /** Of the pipeline, or `player`. */
  readonly stage: string;
  readonly what: string;
  readonly code: GuideCode;
  readonly at: Place | undefined;
  /** Such as `dead letter features/0/1`. */
  readonly record: string | undefined;
  /** How to mend it, where that is not what its page says first. */
  readonly fix: string | undefined;
  /** A command that shows more of it. */
  readonly next: string | undefined;
}

const labelled = (label: string, lines: readonly string[]): readonly string[] =>
  lines.map((line, index) => `  ${(index === 0 ? label : '').padEnd(10)}${line}`);

/** What happened, where, what was expected, how to mend it, and where more is written about it. */
export const noticeText = (
  { stage, what, code, at, record, fix, next }: Notice,
  root: string,
  screen: Screen,
): string => {
  const { expected, mend } = guide[code];
  const [head = '', ...rest] = what.split('\n');
  return [
    `${paint(screen, 'yellow', `${stage}:`)} ${head}`,
    ...labelled('', rest),
    ...(at === undefined ? [] : labelled('where', placeLines(root, at))),
    ...(record === undefined ? [] : labelled('record', [record])),
    ...labelled('expected', [expected]),
    ...labelled('fix', [fix ?? mend[0] ?? '']),
    ...(next === undefined ? [] : labelled('next', [next])),
    ...labelled('read', [pageLink(code)]),
  ].join('\n');
};

/** What comes of calling a model or an endpoint. */
const ofCalls: ReadonlySet<GuideCode> = new Set<GuideCode>([
  'attempt-failed',
  'downstream-unreachable',
  'outcome-unknown',
  'gave-up',
  'unknown-outcome',
  'refused',
]);

/** What ends a function in the midst of a line that nobody knows. */
const ofEnds: ReadonlySet<GuideCode> = new Set<GuideCode>(['out-of-memory', 'function-timeout']);

/** Where to begin to look where no line of the pipeline threw. */
const placeOfKind = (code: GuideCode, stage: string, stages: Stages): Place | undefined => {
  if (ofCalls.has(code)) return placeOfCalled(stage, stages);
  return ofEnds.has(code) ? placeOfStage(stage, stages) : undefined;
};

/** What is known of the run that something went wrong in. */
export interface RunFacts {
  readonly stages: Stages;
  /** The state folder, as it was named. */
  readonly state: string;
  readonly where: Whereabouts;
}

/** What a function says of itself is told in its own words, with a page only where it names a code. */
export const noticeOfTrouble = (
  stage: string,
  { kind, message, at, code }: Trouble,
  { stages, state, where }: RunFacts,
): Notice => {
  const named = code === undefined ? undefined : codeNamed(code);
  const place = at === undefined ? undefined : placeFrom(at);
  return {
    stage,
    what: message,
    code: named ?? kind,
    at: place ?? placeOfKind(kind, stage, stages),
    record: undefined,
    fix:
      named === 'DISK_FULL'
        ? `Free some room where ${state} is: what was acknowledged is kept, and the run, or the next one, goes on where it was.`
        : undefined,
    next: ofEnds.has(kind) ? nextCommand('dev', where, [`--inspect ${stage}`]) : undefined,
  };
};

/** A line of a recording, as the player names it. */
const recordedLine = /^(\S+:\d+) (.*)$/s;

/** Letters of one cause are told of once. */
type LetterNotice = Notice & { readonly cause: string };

const noticeOfLetter = (letter: Letter, where: Whereabouts, stages: Stages): LetterNotice | undefined => {
  const code = codeNamed(letter.reason);
  // Of another tool, for other reasons than ours.
  if (code === undefined) return undefined;
  const name = letterName(letter);
  const [, line, said] = letter.writer === 'player' ? (recordedLine.exec(letter.message) ?? []) : [];
  const { message, at } = partsOfTold(said ?? letter.message);
  const { topic, partition, offset } = letter.record;
  const thrownAt = at ?? placeOfReturned(message, stages);
  return {
    stage: letter.place,
    what: `a record became a dead letter (${letter.reason}): ${message}`,
    cause: `${letter.place} ${code} ${thrownAt === undefined ? message : `${thrownAt.file}:${thrownAt.line}`}`,
    code,
    at: thrownAt ?? placeOfKind(code, letter.place, stages),
    record: line ?? `${topic}, partition ${partition}, offset ${offset}`,
    // Its producer is a file, which lies here.
    fix: letter.writer === 'player' ? 'Mend that line, or what recording.ts says of such lines.' : undefined,
    next: nextCommand('dlq show', where, [name]),
  };
};

/** Tells of each kind of dead letter once: thousands may have one cause. */
export class LetterNews {
  readonly #told = new Set<string>();
  readonly #stages: Stages;

  constructor({ stages }: { readonly stages: Stages }) {
    this.#stages = stages;
  }

  /** @returns the notice of a letter whose kind was not told of before */
  noticeOf(letter: Letter, where: Whereabouts): Notice | undefined {
    const notice = noticeOfLetter(letter, where, this.#stages);
    if (notice === undefined) return undefined;
    if (this.#told.has(notice.cause)) return undefined;
    this.#told.add(notice.cause);
    return notice;
  }
}
