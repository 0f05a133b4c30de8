import { exitCode, type ExitCode } from './exit-code.ts';
import { fail } from './failure.ts';
import { parsed } from './option.ts';
import type { Terminal } from './terminal.ts';

/** `--confirm <name>` of commands whose effect cannot be taken back. */
export const confirmOption = parsed(
  'pipeline',
  'the name of the pipeline, to confirm without being asked',
  (text) => text,
);

/**
 * Lets somebody confirm by typing the pipeline's name.
 *
 * @param given - the value of `--confirm`
 * @returns `undefined` where it is confirmed, else the exit code: the failure is shown already
 */
export const confirmByName = async (
  terminal: Terminal,
  pipeline: string,
  given: string | undefined,
  what: string,
): Promise<ExitCode | undefined> => {
  const answer = given ?? (await terminal.ask(`${what} Type ${pipeline} to confirm`));
  if (answer === pipeline) return undefined;
  return fail(
    terminal,
    {
      what: answer === undefined ? 'not confirmed' : `got "${answer}", expected "${pipeline}"`,
      why: what,
      next: `the same command with --confirm=${pipeline}`,
    },
    exitCode.declined,
  );
};
