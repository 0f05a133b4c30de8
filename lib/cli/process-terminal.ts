import { isCancel, select, text } from '@clack/prompts';
import type { WriteStream } from 'node:tty';
import { exitCode } from './exit-code.ts';
import type { Screen, Terminal } from './terminal.ts';

type Variables = Readonly<Record<string, string | undefined>>;

const widthOffTerminal = 100;

/** A stream of a process: what belongs to a terminal is there only where it is one. */
type Stream = Pick<WriteStream, 'write' | 'columns'> & { readonly isTTY?: boolean };

/**
 * FORCE_COLOR decides where it is set, as Node has it: 0 and false for none, anything else for some, off a terminal too.
 *
 * @see no-color.org and Node.js, "FORCE_COLOR"
 */
const hasColour = (isTty: boolean, { FORCE_COLOR, NO_COLOR = '' }: Variables): boolean => {
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTty && NO_COLOR === '';
};

export const screenOf = (stream: Stream, variables: Variables): Screen => {
  // One that calls itself dumb cannot move its cursor: it is written to line by line, like a file.
  const isTty = stream.isTTY === true && variables['TERM'] !== 'dumb';
  return {
    isTty,
    hasColour: hasColour(isTty, variables),
    // A terminal that does not know its width says 0.
    columns: () => (isTty && stream.columns > 0 ? stream.columns : widthOffTerminal),
    write: (data) => void stream.write(data),
  };
};

/**
 * Whoever read the output has gone, as `| head` does: nothing can be said any more, and a run can be gone on with.
 *
 * @param exit - of the process
 */
export const endWithReader =
  (exit: (code: number) => void) =>
  (thrown: NodeJS.ErrnoException): void => {
    // A terminal that was closed. SIGHUP tells of it too, and ends a run well: it has all the time that this takes.
    if (thrown.code === 'EIO') return;
    if (thrown.code !== 'EPIPE') throw thrown;
    exit(exitCode.closedPipe);
  };

/** The terminal that this process runs in. The process ends when whoever reads its output goes. */
export const processTerminal = (variables: Variables = process.env): Terminal => {
  for (const stream of [process.stdout, process.stderr])
    stream.on(
      'error',
      endWithReader((code) => process.exit(code)),
    );
  const isInteractive = process.stdin.isTTY && process.stderr.isTTY;
  return {
    isInteractive,
    out: screenOf(process.stdout, variables),
    err: screenOf(process.stderr, variables),
    ask: async (question) => {
      if (!isInteractive) return undefined;
      const answer = await text({ message: question, output: process.stderr });
      return isCancel(answer) ? undefined : answer;
    },
    choose: async (question, words) => {
      if (!isInteractive) return undefined;
      const options = words.map(({ word, hint }) => ({
        value: word,
        ...(hint === undefined ? {} : { hint }),
      }));
      const answer = await select({ message: question, options, output: process.stderr });
      return isCancel(answer) ? undefined : answer;
    },
  };
};
