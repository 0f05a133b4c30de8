import { ConfigError, isFreshetError, messageOf, UsageError } from '../core/errors.ts';
import type { CommandContext } from './command.ts';
import { toldAsDiskFull } from './errors/disk-full.ts';
import { guide, pageLink } from './errors/guide.ts';
import type { GuideCode } from './errors/page.ts';
import { placeLines } from './errors/source-line.ts';
import { placeOfThrown } from './errors/thrown-place.ts';
import { exitCode, type ExitCode } from './exit-code.ts';
import { nextCommand, type Whereabouts } from './next-command.ts';
import { paint, writeLine, type Terminal } from './terminal.ts';

/** What went wrong, for whoever called the command. */
export interface Failure {
  readonly what: string;
  readonly why?: string;
  /** The next command to try. */
  readonly next?: string;
  /** Where it went wrong in the code of the pipeline: the place, and its line with a mark. */
  readonly at?: readonly string[];
  /** Where more is written about it. */
  readonly read?: string;
}

/** Shows a failure on standard error and hands its exit code on. */
export const fail = (
  { err }: Pick<Terminal, 'err'>,
  { what, why, next, at = [], read }: Failure,
  code: ExitCode,
): ExitCode => {
  writeLine(err, `${paint(err, 'red', 'error:')} ${what}`);
  if (why !== undefined && why !== '') writeLine(err, why);
  for (const [index, line] of at.entries()) writeLine(err, `${index === 0 ? 'where: ' : '       '}${line}`);
  if (next !== undefined) writeLine(err, `next:  ${next}`);
  if (read !== undefined) writeLine(err, `read:  ${read}`);
  return code;
};

/** Where to go from an error of a kind. */
const nextStep = (thrown: unknown, name: string, where: Whereabouts): string | undefined => {
  if (thrown instanceof UsageError) return `npx freshet ${name} --help`;
  if (!(thrown instanceof ConfigError)) return undefined;
  switch (thrown.code) {
    case 'PIPELINE_INVALID':
    case 'BUILD_FAILED':
    case 'FUNCTION_START_FAILED':
    case 'DISK_FULL':
      return 'the same command again, once it is mended';
    case 'CONTRACT_INVALID':
      return name === 'contract check' ? undefined : nextCommand('contract check', where);
    case 'STATE_FOLDER_INVALID':
      // The others look at a state: what they say names the command that makes it.
      return name === 'dev' ? 'npx freshet dev --help' : undefined;
    case 'PORT_IN_USE':
    case 'INPUT_INVALID':
    case 'SAMPLE_INVALID':
      return `npx freshet ${name} --help`;
    default:
      return undefined;
  }
};

/** The command that threw something. */
interface Called {
  readonly name: string;
  /** The folder with the state of its run, as it was named; `undefined` where it keeps none. */
  readonly state: string | undefined;
}

/** What was expected and how to mend it, as the page of a code says first: what a message does not say itself. */
const guided = (message: string, code: GuideCode): readonly string[] => {
  if (message.includes('Fix: ')) return [];
  const { expected, mend } = guide[code];
  const [first = ''] = mend;
  const fix = `Fix: ${first.charAt(0).toLowerCase()}${first.slice(1)}`;
  return [message.includes('expected ') ? `  ${fix}` : `  expected ${expected}. ${fix}`];
};

/**
 * Shows what a command threw.
 *
 * @param where - what the command was told of its pipeline: the contract is checked there
 */
export const failWith = (
  { terminal, root }: Pick<CommandContext, 'terminal' | 'root'>,
  { name, state }: Called,
  thrown: unknown,
  where: Whereabouts = { name: undefined, functions: undefined, state: undefined, platform: [] },
): ExitCode => {
  const told = toldAsDiskFull(thrown, state);
  const message = messageOf(told);
  const code = isFreshetError(told) ? told.code : 'unexpected';
  const [what = '', ...why] = message.split('\n');
  const next = nextStep(told, name, where);
  const at = placeOfThrown(thrown, root);
  const failure: Failure = {
    what,
    why: [...why, ...guided(message, code)].join('\n'),
    ...(at === undefined ? {} : { at: placeLines(root, at) }),
    ...(next === undefined ? {} : { next }),
    read: pageLink(code),
  };
  return fail(terminal, failure, told instanceof UsageError ? exitCode.usage : exitCode.error);
};
