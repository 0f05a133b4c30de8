import type { CommandContext } from '../../lib/cli/command.ts';
import type { Screen, Terminal } from '../../lib/cli/terminal.ts';

/** A terminal that keeps what was written. */
export interface FakeTerminal extends Terminal {
  readonly written: { out: string; err: string };
}

export const fakeTerminal = (
  look: Partial<Pick<Screen, 'isTty' | 'hasColour'>> & {
    readonly answer?: string;
    /** What is chosen, by a part of the question; what stands for none is left with Ctrl-C. */
    readonly chosen?: Readonly<Record<string, string>>;
  } = {},
): FakeTerminal => {
  const written = { out: '', err: '' };
  const screen = (name: keyof typeof written): Screen => ({
    isTty: look.isTty ?? false,
    hasColour: look.hasColour ?? false,
    columns: () => 100,
    write: (text) => {
      written[name] += text;
    },
  });
  return {
    out: screen('out'),
    err: screen('err'),
    ask: async () => look.answer,
    isInteractive: look.chosen !== undefined,
    choose: async (question) =>
      Object.entries(look.chosen ?? {}).find(([part]) => question.includes(part))?.[1],
    written,
  };
};

export const commandContext = (terminal: Terminal, root: string = process.cwd()): CommandContext => ({
  root,
  terminal,
  onInterrupt: () => () => {},
});
