import { defineCommand, oneOf, type Command } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { writeLine } from '../terminal.ts';
import { completionScript, shells } from './completion-script.ts';

/** @param others - the commands that are completed beside this one */
export const completionOf = (others: readonly Command[]): Command => {
  const command: Command = defineCommand({
    metadata: {
      name: 'completion',
      summary: 'print a script that completes commands in a shell',
      description: [
        'What it prints is a script, for the shell to read and never data: it takes no --output.',
        'It completes commands, options and their values, the pipelines under functions/, stages and paths. The shell has to',
        'know the name freshet: in bash and zsh `freshet() { npx freshet "$@"; }` gives it one, in fish',
        '`alias freshet="npx freshet"`.',
      ].join('\n'),
      examples: [
        'freshet completion bash >> ~/.bashrc',
        'freshet completion zsh >> ~/.zshrc',
        'freshet completion fish > ~/.config/fish/completions/freshet.fish',
      ],
    },
    args: { shell: oneOf(shells, 'of whoever calls freshet') },
    handler: async ({ args }, { terminal }) => {
      writeLine(terminal.out, completionScript(args.shell, { commands: [...others, command] }).trimEnd());
      return exitCode.ok;
    },
  });
  return command;
};
