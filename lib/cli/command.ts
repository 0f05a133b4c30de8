import type { ExitCode } from './exit-code.ts';
import type { Option } from './option.ts';
import type { Terminal } from './terminal.ts';

/** What every command gets. */
export interface CommandContext {
  /** The project's root, absolute: where the command was called. */
  readonly root: string;
  readonly terminal: Terminal;
  /** Calls back at every Ctrl-C (or SIGTERM), with its number, instead of ending the process. Returns how to let go. */
  readonly onInterrupt: (listener: (count: number) => void) => () => void;
}

export interface Metadata {
  /** Noun and verb: `effects list`; one word for what has no noun. */
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** What else somebody needs who reads the help. */
  readonly description?: string;
  readonly examples?: readonly string[];
}

export interface Argument<Value = unknown> {
  readonly description: string;
  readonly isRequired: boolean;
  /** The words that it can be; `undefined`: any. */
  readonly choices: readonly string[] | undefined;
  /** Only in the type system. */
  readonly value?: Value;
}

type Arguments = Readonly<Record<string, Argument>>;
type Options = Readonly<Record<string, Option<unknown>>>;

export const required = (description: string): Argument<string> => ({
  description,
  isRequired: true,
  choices: undefined,
});
export const optional = (description: string): Argument<string | undefined> => ({
  description,
  isRequired: false,
  choices: undefined,
});
/** One of a few words. */
export const oneOf = <const Words extends readonly [string, ...string[]]>(
  words: Words,
  description: string,
): Argument<Words[number]> => ({
  description: `${description}: ${words.join(', ')}`,
  isRequired: true,
  choices: words,
});

type ArgumentValues<Args extends Arguments> = {
  readonly [Name in keyof Args]: Args[Name] extends Argument<infer Value> ? Value : never;
};
type OptionValues<Opts extends Options> = {
  readonly [Name in keyof Opts]: Opts[Name] extends Option<infer Value> ? Value : never;
};

/** A command as data: what runs it, tests it and writes its help all read this. */
export interface Command {
  readonly metadata: Metadata;
  /** By name, in order. */
  readonly args: Arguments;
  /** By name in camelCase: `takeOver` is `--take-over`. */
  readonly options: Options;
  readonly handler: (
    input: { readonly args: never; readonly options: never },
    context: CommandContext,
  ) => Promise<ExitCode>;
}

/** Keeps the types of arguments and options together with the handler that gets their values. */
export const defineCommand = <
  const Args extends Arguments = Readonly<Record<string, never>>,
  const Opts extends Options = Readonly<Record<string, never>>,
>(command: {
  readonly metadata: Metadata;
  readonly args?: Args;
  readonly options?: Opts;
  /** What it throws is shown and becomes the exit code: UsageError 2, anything else 1. */
  readonly handler: (
    input: { readonly args: ArgumentValues<Args>; readonly options: OptionValues<Opts> },
    context: CommandContext,
  ) => Promise<ExitCode>;
}): Command => ({
  metadata: command.metadata,
  args: command.args ?? {},
  options: command.options ?? {},
  handler: command.handler,
});
