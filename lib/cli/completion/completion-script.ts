import type { Command } from '../command.ts';
import { optionFlag } from '../program.ts';
import { bashScript } from './bash-script.ts';
import { fishScript } from './fish-script.ts';
import { zshScript } from './zsh-script.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** What is completed, of a program. */
export interface Completed {
  readonly commands: readonly Pick<Command, 'metadata' | 'args' | 'options'>[];
}

/** What a shell offers where a value is wanted: a kind, or `words` and the words themselves. */
type Kind = 'pipeline' | 'stage' | 'folder' | 'file' | 'text' | `words ${string}`;

const kinds: ReadonlySet<string> = new Set(['pipeline', 'stage', 'folder', 'file']);

const isKind = (name: string): name is Kind => kinds.has(name);

const kindOf = (name: string | undefined, choices: readonly string[] | undefined): Kind => {
  if (choices !== undefined) return `words ${choices.join(' ')}`;
  // `done|failed`: the words themselves.
  if (name?.includes('|')) return `words ${name.replaceAll('|', ' ')}`;
  return name !== undefined && isKind(name) ? name : 'text';
};

const quoted = (text: string): string => `'${text}'`;

/** `case` arms, for what has no value too: then nothing is offered. */
const arms = (entries: readonly (readonly [string, string])[]): string =>
  entries.map(([pattern, kind]) => `    ${quoted(pattern)}) printf '%s' ${quoted(kind)} ;;`).join('\n');

const nounsOf = ({ commands }: Completed): readonly string[] => [
  ...new Set(
    commands.flatMap(({ metadata }) => {
      const [noun = '', verb] = metadata.name.split(' ');
      return verb === undefined ? [] : [noun];
    }),
  ),
];

const verbsOf = ({ commands }: Completed, noun: string): readonly string[] =>
  commands.flatMap(({ metadata }) => {
    const [first, verb] = metadata.name.split(' ');
    return first === noun && verb !== undefined ? [verb] : [];
  });

const topOf = ({ commands }: Completed): readonly string[] => [
  ...new Set(commands.map(({ metadata }) => metadata.name.split(' ')[0] ?? '')),
];

const valuesOf = ({ commands }: Completed): readonly (readonly [string, string])[] =>
  commands.flatMap(({ metadata, options }) =>
    Object.entries(options)
      .filter(([, { placeholder }]) => placeholder !== undefined)
      .map(
        ([name, { placeholder, choices }]) =>
          [`${metadata.name} ${optionFlag(name)}`, kindOf(placeholder, choices)] as const,
      ),
  );

const argumentsOf = ({ commands }: Completed): readonly (readonly [string, string])[] =>
  commands.flatMap(({ metadata, args }) =>
    Object.entries(args).map(
      ([name, { choices }], index) => [`${metadata.name} ${index}`, kindOf(name, choices)] as const,
    ),
  );

const optionsOf = ({ commands }: Completed): readonly (readonly [string, string])[] =>
  commands.map(({ metadata, options }) => [
    metadata.name,
    `words ${[...Object.keys(options).map(optionFlag), '--help'].join(' ')}`,
  ]);

/**
 * What can follow, for all shells: functions that every POSIX shell reads. The wrapper of a shell hands over the word that is
 * being typed and those before it, and gets candidates, one a line, or `:folder` or `:file`, which it knows how to complete.
 */
const candidatesScript = (program: Completed): string => {
  const nouns = nounsOf(program);
  return `__freshet_value() {
  case "$1" in
${arms(valuesOf(program))}
  esac
}
__freshet_argument() {
  case "$1" in
    '') printf '%s' ${quoted(`words ${topOf(program).join(' ')}`)} ;;
${arms(nouns.map((noun) => [noun, `words ${verbsOf(program, noun).join(' ')}`]))}
${arms(argumentsOf(program))}
  esac
}
__freshet_options() {
  case "$1" in
    '') printf '%s' 'words --help --version' ;;
${arms(nouns.map((noun) => [noun, 'words --help']))}
${arms(optionsOf(program))}
  esac
}
__freshet_offer() {
  local prefix="$2" functions="$3" file
  case "$1" in
    'words '*) printf '%s\\n' "\${1#words }" | tr ' ' '\\n' | sed "s/^/$prefix/" ;;
    stage) printf '%s\\n' features inference action | sed "s/^/$prefix/" ;;
    pipeline)
      for file in "$functions"/contract.ts "$functions"/*/contract.ts; do
        if [ -f "$file" ]; then file="\${file%/contract.ts}"; printf '%s\\n' "$prefix\${file##*/}"; fi
      done ;;
    folder) printf ':folder\\n' ;;
    file) printf ':file\\n' ;;
  esac
}
__freshet_candidates() {
  local current="$1" command='' position=0 option='' wants='' functions=functions word
  shift
  for word in "$@"; do
    if [ -n "$wants" ]; then
      if [ "$option" = --functions ]; then functions="$word"; fi
      wants=''
      continue
    fi
    case "$word" in
      --functions=*) functions="\${word#*=}" ;;
      -*=*) ;;
      -*) option="$word"; wants="$(__freshet_value "$command $word")" ;;
      *)
        case "$command" in
          '') command="$word" ;;
          ${nouns.map(quoted).join(' | ')}) command="$command $word" ;;
          *) position=$((position + 1)) ;;
        esac ;;
    esac
  done
  if [ -n "$wants" ]; then
    __freshet_offer "$wants" '' "$functions"
    return
  fi
  case "$current" in
    --*=*) __freshet_offer "$(__freshet_value "$command \${current%%=*}")" "\${current%%=*}=" "$functions" ;;
    -*) __freshet_offer "$(__freshet_options "$command")" '' "$functions" ;;
    *)
      case "$command" in
        '' | ${nouns.map(quoted).join(' | ')}) __freshet_offer "$(__freshet_argument "$command")" '' "$functions" ;;
        *) __freshet_offer "$(__freshet_argument "$command $position")" '' "$functions" ;;
      esac ;;
  esac
}`;
};

/** The script that a shell sources to complete the commands of a program. */
export const completionScript = (shell: Shell, program: Completed): string => {
  const candidates = candidatesScript(program);
  switch (shell) {
    case 'bash':
      return bashScript(candidates);
    case 'zsh':
      return zshScript(candidates);
    case 'fish':
      return fishScript(candidates);
  }
};
