import { Command as CommanderCommand, CommanderError, Option as CommanderOption } from 'commander';
import type { Command, CommandContext } from './command.ts';
import { pageLink } from './errors/guide.ts';
import { exitCode, type ExitCode } from './exit-code.ts';
import { failWith } from './failure.ts';
import { invalidOption } from './option.ts';
import { stateFolderText } from './pipeline-options.ts';
import type { Terminal } from './terminal.ts';

export interface Program {
  readonly version: string;
  readonly commands: readonly Command[];
  /** What a noun is about, for the help: `effects` → one line. */
  readonly nouns: Readonly<Record<string, string>>;
}

const helpWidth = 100;

/** The option of a member: `takeOver` → `--take-over`. */
export const optionFlag = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;

/** Commander ends a run by throwing: everything but help and version that was asked for is a usage error. */
const codeOf = (ended: CommanderError): ExitCode => (ended.exitCode === 0 ? exitCode.ok : exitCode.usage);

/** `freshet dlq list`: a command with those above it. */
const callOf = (command: CommanderCommand): string =>
  command.parent === null ? command.name() : `${callOf(command.parent)} ${command.name()}`;

const configured = (command: CommanderCommand, { out, err }: Terminal): CommanderCommand =>
  command
    .exitOverride()
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .configureHelp({ helpWidth })
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      outputError: (text) =>
        err.write(`${text}next:  npx ${callOf(command)} --help\nread:  ${pageLink('USAGE')}\n`),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });

const helpTextOf = ({ description, examples }: Command['metadata']): string =>
  [
    ...(description === undefined ? [] : ['', description]),
    ...(examples === undefined ? [] : ['', 'Examples:', ...examples.map((example) => `  ${example}`)]),
  ].join('\n');

/** @throws {UsageError} for a word that an argument cannot be */
const checkedWord = (name: string, word: unknown, choices: readonly string[] | undefined): unknown => {
  if (choices === undefined || (typeof word === 'string' && choices.includes(word))) return word;
  throw invalidOption(`<${name}>`, String(word), choices.join(', '), 'name one of them');
};

const textOf = (given: unknown): string | undefined => (typeof given === 'string' ? given : undefined);

const addCommand = (
  parent: CommanderCommand,
  verb: string,
  command: Command,
  context: CommandContext,
  ended: (code: ExitCode) => void,
): void => {
  const { metadata, args, options, handler } = command;
  const added = configured(parent.command(verb), context.terminal)
    .summary(metadata.summary)
    .description(`${metadata.summary}.`);
  const argNames = Object.keys(args);
  for (const [name, { description, isRequired }] of Object.entries(args))
    added.argument(isRequired ? `<${name}>` : `[${name}]`, description);
  const flags = Object.entries(options).map(([name, option]) => {
    const long = optionFlag(name);
    const shown = option.placeholder === undefined ? long : `${long} <${option.placeholder}>`;
    const byDefault = option.defaultText === undefined ? '' : ` (default: ${option.defaultText})`;
    const taken = new CommanderOption(shown, `${option.description}${byDefault}`);
    // Else Commander takes `--no-page` for the negation of an option `page`.
    taken.negate = false;
    added.addOption(taken);
    return { name, long, option };
  });
  added.addHelpText('after', helpTextOf(metadata));
  added.action(async (...given: unknown[]) => {
    const texts = added.opts<Record<string, string | true | undefined>>();
    try {
      const input = {
        args: Object.fromEntries(
          Object.entries(args).map(([name, { choices }], index) => [
            name,
            checkedWord(name, given[index], choices),
          ]),
        ),
        options: Object.fromEntries(
          flags.map(({ name, long, option }) => {
            const value = texts[name];
            return [name, option.valueOf(value === true ? '' : value, long)];
          }),
        ),
      };
      ended(await handler(input as Parameters<Command['handler']>[0], context));
    } catch (thrown) {
      const name = textOf(given[argNames.indexOf('pipeline')]);
      const state = 'state' in options ? stateFolderText(textOf(texts['state']), name) : undefined;
      ended(
        failWith(context, { name: metadata.name, state }, thrown, {
          name,
          functions: textOf(texts['functions']),
          state: undefined,
          platform: [],
        }),
      );
    }
  });
};

/**
 * Runs the command that `argv` names. Never throws: whatever happens is shown and becomes the exit code.
 *
 * @param argv - without the program itself
 */
export const run = async (
  program: Program,
  argv: readonly string[],
  context: CommandContext,
): Promise<ExitCode> => {
  const root = configured(new CommanderCommand('freshet'), context.terminal)
    .description('Turns a Kafka topic into AI-triggered actions: features, inference, action.')
    .version(program.version, '--version', 'print the version');
  let code: ExitCode = exitCode.ok;
  const nouns = new Map<string, CommanderCommand>();
  for (const command of program.commands) {
    const [first = '', verb] = command.metadata.name.split(' ');
    if (verb !== undefined && !nouns.has(first))
      nouns.set(
        first,
        configured(root.command(first), context.terminal).description(program.nouns[first] ?? ''),
      );
    const parent = verb === undefined ? root : (nouns.get(first) ?? root);
    addCommand(parent, verb ?? first, command, context, (ended) => {
      code = ended;
    });
  }
  try {
    await root.parseAsync(argv, { from: 'user' });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return codeOf(thrown);
    return failWith(context, { name: argv[0] ?? '', state: undefined }, thrown);
  }
};
