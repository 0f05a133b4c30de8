import { isCancel, text } from '@clack/prompts';
import type { WriteStream } from 'node:tty';
import type { Screen, Terminal } from './terminal.ts';

type Variables = Readonly<Record<string, string | undefined>>;

const widthOffTerminal = 100;

/** A stream of a process: what belongs to a terminal is there only where it is one. */
type Stream = Pick<WriteStream, 'write' | 'columns'> & { readonly isTTY?: boolean };

const screenOf = (stream: Stream, variables: Variables): Screen => {
  const isTty = stream.isTTY === true;
  return {
    isTty,
    hasColour: isTty && (variables['NO_COLOR'] ?? '') === '' && variables['TERM'] !== 'dumb',
    columns: () => (isTty ? stream.columns : widthOffTerminal),
    write: (data) => void stream.write(data),
  };
};

/** The terminal that this process runs in. */
export const processTerminal = (variables: Variables = process.env): Terminal => ({
  out: screenOf(process.stdout, variables),
  err: screenOf(process.stderr, variables),
  ask: async (question) => {
    if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
    const answer = await text({ message: question, output: process.stderr });
    return isCancel(answer) ? undefined : answer;
  },
});
