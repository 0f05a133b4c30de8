import { ConfigError, messageOf, UsageError } from '../core/errors.ts';
import { exitCode, type ExitCode } from './exit-code.ts';
import { paint, writeLine, type Terminal } from './terminal.ts';

/** What went wrong, for whoever called the command. */
export interface Failure {
  readonly what: string;
  readonly why?: string;
  /** The next command to try. */
  readonly next?: string;
}

/** Shows a failure on standard error and hands its exit code on. */
export const fail = ({ err }: Terminal, { what, why, next }: Failure, code: ExitCode): ExitCode => {
  writeLine(err, `${paint(err, 'red', 'error:')} ${what}`);
  if (why !== undefined && why !== '') writeLine(err, why);
  if (next !== undefined) writeLine(err, `next:  ${next}`);
  return code;
};

/** Where to go from an error of a kind. */
const nextStep = (thrown: unknown, name: string): string | undefined => {
  if (thrown instanceof UsageError) return `npx freshet ${name} --help`;
  if (!(thrown instanceof ConfigError)) return undefined;
  switch (thrown.code) {
    case 'CONTRACT_INVALID':
    case 'PIPELINE_INVALID':
      return name === 'contract check' ? undefined : 'npx freshet contract check';
    case 'STATE_FOLDER_INVALID':
      // The others look at a state: what they say names the command that makes it.
      return name === 'dev' ? 'npx freshet dev --help' : undefined;
    case 'PORT_IN_USE':
    case 'INPUT_INVALID':
      return `npx freshet ${name} --help`;
    default:
      return undefined;
  }
};

/** Shows what a command threw. */
export const failWith = (terminal: Terminal, name: string, thrown: unknown): ExitCode => {
  const [what = '', ...why] = messageOf(thrown).split('\n');
  const next = nextStep(thrown, name);
  const failure = { what, why: why.join('\n'), ...(next === undefined ? {} : { next }) };
  return fail(terminal, failure, thrown instanceof UsageError ? exitCode.usage : exitCode.error);
};
