import { resolve } from 'node:path';
import type { Problem } from '../core/errors.ts';
import { readSample, sampleRefused, type SampleLine } from './read-sample.ts';
import { judgeRoles, type Judged, type Roles, type WantedRoles } from './roles.ts';
import { mixturesIn, shapeOf, type Mixture, type Shape } from './shape.ts';
import { templateSample } from './template-files.ts';

/** A sample of which a pipeline can be made. */
export interface ReadySample {
  readonly lines: readonly SampleLine[];
  readonly shape: Shape;
  readonly roles: Roles;
  /** Nobody brought one. */
  readonly isTemplates: boolean;
}

export interface SampleOptions {
  /** The project's root, absolute. */
  readonly root: string;
  /** From the root; `undefined`: the template's own. */
  readonly file: string | undefined;
  /** What becomes of a place where values of several kinds stand. */
  readonly mixed: 'refuse' | 'union';
  readonly wanted: WantedRoles;
}

const shownLines = 3;

const linesText = (lines: readonly number[]): string => {
  const shown = lines.slice(0, shownLines).join(', ');
  const more = lines.length - shownLines;
  return `${lines.length === 1 ? 'line' : 'lines'} ${shown}${more > 0 ? ` and ${more} more` : ''}`;
};

const words: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'an array',
  string: 'a text',
  instant: 'a time',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
};

/** What stands at a place, and in which lines: `a number in lines 1, 2 and 7 more, a text in line 3`. */
const mixtureText = ({ kinds }: Mixture): string =>
  kinds.map(({ kind, lines }) => `${words[kind] ?? kind} in ${linesText(lines)}`).join(', ');

const mixtureProblem = (mixture: Mixture): Problem => ({
  path: mixture.path,
  got: mixtureText(mixture),
  expected: 'values of one kind, or null',
  fix: 'mend these lines, or take a union of them with --mixed union',
});

/** Paths of members that every object of JavaScript has already: a schema cannot tell whether an event has its own. */
const inheritedIn = ({ members, items }: Shape, path: string): readonly string[] => [
  ...[...members].flatMap(([name, member]) => [
    ...(name in {} ? [`${path}${name}`] : []),
    ...inheritedIn(member, `${path}${name}.`),
  ]),
  ...(items === undefined ? [] : inheritedIn(items, `${path}[].`)),
];

const inheritedProblem = (path: string): Problem => ({
  path,
  got: 'a member that every object of JavaScript has by itself',
  expected: 'a name of its own',
  fix: 'leave it out of the sample, or rename it where it is produced',
});

/** A sample, and what its members may be. */
export interface JudgedSample extends ReadySample {
  readonly judged: Judged;
}

/**
 * Reads a sample and finds what its members are.
 *
 * @throws {ConfigError} `SAMPLE_INVALID`, with everything that is wrong: unreadable lines, mixed shapes, no key, no time
 */
export const judgeSample = async ({ root, file, mixed, wanted }: SampleOptions): Promise<JudgedSample> => {
  const lines = await (file === undefined
    ? readSample(templateSample, 'the sample of the template')
    : readSample(resolve(root, file), file));
  const shape = shapeOf(lines.map(({ event, line }) => ({ value: event, line })));
  const problems = [
    ...inheritedIn(shape, '').map(inheritedProblem),
    ...(mixed === 'refuse' ? mixturesIn(shape).map(mixtureProblem) : []),
  ];
  if (problems.length > 0) throw sampleRefused(problems);
  const judged = judgeRoles(shape, lines, wanted);
  return { lines, shape, roles: judged.roles, judged, isTemplates: file === undefined };
};
