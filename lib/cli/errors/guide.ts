/** The pages of all errors: docs/errors.md is generated from them. Never part of a handler. */
import { configurationPages } from './configuration-pages.ts';
import { faultPages } from './fault-pages.ts';
import { letterPages } from './letter-pages.ts';
import type { ErrorPage, GuideCode } from './page.ts';
import { runningPages } from './running-pages.ts';

export interface Chapter {
  readonly title: string;
  readonly intro: string;
  readonly codes: readonly GuideCode[];
}

/** A page for each code; one that is missing, or of no code, does not compile. */
export const guide: Readonly<Record<GuideCode, ErrorPage>> = {
  ...configurationPages,
  ...faultPages,
  ...runningPages,
  ...letterPages,
};

const codesOf = (pages: Partial<Record<GuideCode, ErrorPage>>): readonly GuideCode[] =>
  Object.keys(pages) as GuideCode[];

export const chapters: readonly Chapter[] = [
  {
    title: 'Before anything runs',
    intro: 'A command, a cold start or a synth ends with one of these, and has changed nothing.',
    codes: codesOf(configurationPages),
  },
  {
    title: 'While a function runs',
    intro: 'The local run tells of each once for a stage. None of them loses a record.',
    codes: codesOf(runningPages),
  },
  {
    title: 'Dead letters',
    intro:
      'Why a record is one: `npx freshet dlq list` shows it as REASON. A dead letter stops nothing: the records behind it go on.',
    codes: codesOf(letterPages),
  },
  {
    title: 'Faults, and what code may throw',
    intro:
      'What is retried, what stops a stage, and what the code of a pipeline may throw itself: a TransientError is retried, a PermanentRecordError never.',
    codes: codesOf(faultPages),
  },
];

/** A code as somebody writes it: `PORT_IN_USE`, `port_in_use`. */
export const codeNamed = (name: string): GuideCode | undefined =>
  codesOf(guide).find((code) => code.toLowerCase() === name.toLowerCase());

/** Where the page of a code is, from the project's root. */
export const pageLink = (code: GuideCode): string => `docs/errors.md#${code.toLowerCase()}`;
