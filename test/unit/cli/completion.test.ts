import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { program } from '../../../lib/cli/commands.ts';
import { completionScript, type Shell } from '../../../lib/cli/completion/completion-script.ts';
import { run } from '../../../lib/cli/program.ts';
import { commandContext, fakeTerminal } from '../../support/fake-terminal.ts';
import { suiteFolder, writeFiles } from '../../support/folder.ts';

const folder = suiteFolder();
beforeAll(() =>
  writeFiles(folder, {
    'functions/orders/contract.ts': '',
    'functions/meters/contract.ts': '',
    'functions/no-pipeline/notes.md': '',
    'other/one pipeline/contract.ts': '',
    'odd/$(touch ran)/contract.ts': '',
    "odd/it's/contract.ts": '',
    'globs/*/contract.ts': '',
    'globs/one/contract.ts': '',
    'state/run.json': '',
    'a file': '',
  }),
);

/** Words before the one that is being typed, that word, and what is offered for it. */
const cases: readonly (readonly [readonly string[], string, readonly string[]])[] = [
  [[], 'd', ['dev', 'doctor', 'dlq']],
  [['dlq'], '', ['list', 'show', 'redrive']],
  [['effects'], 're', ['resolve']],
  [['dlq', 'list'], '', ['meters', 'orders']],
  [['dlq', 'list'], '--s', ['--stage', '--since', '--state']],
  [['dlq', 'list', '--stage'], '', ['features', 'inference', 'action']],
  [['dlq', 'list', '--output'], 'nd', ['ndjson']],
  [['dlq', 'redrive'], '', []],
  [['dlq', 'redrive', 'all'], 'o', ['orders']],
  [['dlq', 'redrive', 'all', '--execute', '--why', 'it is mended'], 'm', ['meters']],
  [['pause', 'action', '--reason', 'x'], '', ['meters', 'orders']],
  [['status', '--functions=functions/orders'], '', ['orders']],
  [['effects', 'resolve', 'key', '--as'], '', ['done', 'failed']],
  [['status', '--watch'], '--ev', ['--every']],
  [['status'], '--ta', ['--tables']],
  [['topics', 'apply'], '--e', ['--environment']],
  [['completion'], '', ['bash', 'zsh', 'fish']],
  [['dev', '--speed'], '', []],
  [['dev', 'orders'], '', []],
  [[], '--', ['--help', '--version']],
];

const script = (shell: Shell): string => completionScript(shell, program);

/** Runs a script in a shell that is there, and gives its output as lines for each case. */
const offered = (shell: 'bash' | 'sh', text: string): readonly (readonly string[])[] => {
  const { status, stdout, stderr } = spawnSync(shell, ['-c', text], { cwd: folder, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout
    .split('<end>\n')
    .slice(0, -1)
    .map((lines) => lines.split('\n').filter(Boolean));
};

const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ');
const sorted = (words: readonly string[]): readonly string[] => words.toSorted();
const expected = cases.map(([, , words]) => sorted(words));

describe('completion', () => {
  const bashCalls = (calls: readonly (readonly string[])[]): string =>
    [
      script('bash'),
      'say() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _freshet 2>/dev/null; printf "%s\\n" "${COMPREPLY[@]}"; echo "<end>"; }',
      ...calls.map((words) => `say freshet ${quoted(words)}`),
    ].join('\n');

  it('of bash offers what can follow', () => {
    const found = offered('bash', bashCalls(cases.map(([before, current]) => [...before, current])));
    expect(found.map(sorted)).toEqual(expected);
  });

  it('of bash completes paths, and a value behind an equals sign', () => {
    const found = offered(
      'bash',
      bashCalls([
        ['dev', '--state', 's'],
        ['dev', '--state', ''],
        ['dev', '--output', '=', 'js'],
        ['dev', '--output', '='],
      ]),
    );
    expect(found.map(sorted)).toEqual([
      ['state'],
      ['functions', 'globs', 'odd', 'other', 'state'],
      ['json'],
      ['json', 'ndjson', 'table'],
    ]);
  });

  it('of bash puts names of folders in quotes, and runs and expands nothing of them', () => {
    const found = offered(
      'bash',
      bashCalls([
        ['status', '--functions', 'other', 'one'],
        ['status', '--functions', 'odd', ''],
        ['status', '--functions', 'globs', ''],
        ['dev', '--state', 'globs/*'],
      ]),
    );
    expect(found.map(sorted)).toEqual([
      [String.raw`one\ pipeline`],
      [String.raw`\$\(touch\ ran\)`, String.raw`it\'s`],
      [String.raw`\*`, 'one'],
      [String.raw`globs/\*`],
    ]);
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });

  // Its script is written in what bash reads too; zsh's own commands are stood in for.
  it('of zsh offers what can follow', () => {
    const calls = cases.map(
      ([before, current]) =>
        `words=(freshet ${quoted([...before, current])}); CURRENT=${before.length + 2}; _freshet "\${words[CURRENT - 1]}"; echo "<end>"`,
    );
    const stubs = [
      'setopt() { :; }; compdef() { :; }',
      '_files() { echo "files $*"; }; compset() { echo "compset $*"; }',
      'typed() { printf "%s" "${words[CURRENT - 1]}"; }',
      'compadd() { case "$2" in "$(typed)"*) printf "%s\\n" "$2" ;; esac; }',
    ];
    const paths = [
      'words=(freshet dev --state s); CURRENT=4; _freshet; echo "<end>"',
      'words=(freshet dev --state=s); CURRENT=3; _freshet; echo "<end>"',
      'words=(freshet invoke features --event=e); CURRENT=4; _freshet; echo "<end>"',
    ];
    const found = offered('bash', [...stubs, script('zsh'), ...calls, ...paths].join('\n'));
    expect(found.slice(0, -3).map(sorted)).toEqual(expected);
    // The path begins behind the sign.
    expect(found.slice(-3)).toEqual([
      ['files -/'],
      ['compset -P 1 *=', 'files -/'],
      ['compset -P 1 *=', 'files '],
    ]);
  });

  // What it asks of the POSIX shell is read out of it; the lines of fish around that are few.
  it('of fish asks sh for what can follow, with everything in quotes that fish reads', () => {
    const text = script('fish');
    const strings = [...text.matchAll(/'((?:\\.|[^'\\])*)'/gs)].map(([, inner = '']) => inner);
    expect(text.replaceAll(/'(?:\\.|[^'\\])*'/gs, '')).not.toMatch(/['\\]/);
    const asked = strings.find((inner) => inner.includes('__freshet_candidates'));
    const core = (asked ?? '').replaceAll(/\\(['\\])/g, '$1').replace(/\n__freshet_candidates "\$@"$/, '');
    expect(core).not.toBe(asked);
    const calls = cases.map(
      ([before, current]) => `__freshet_candidates ${quoted([current, ...before])}; echo "<end>"`,
    );
    // A path is completed without what stands before it, and offered with it.
    expect(text.match(/\(__fish_complete_\w+ .*\$path.*\)\n.*"\$flag\$found"/g)).toHaveLength(2);
    const found = offered(
      'sh',
      [core, ...calls, `__freshet_candidates --output=n dev; echo "<end>"`].join('\n'),
    );
    // Fish itself leaves out what does not begin as the word that is typed.
    const fitting = found
      .slice(0, -1)
      .map((words, index) => sorted(words.filter((word) => word.startsWith(cases[index]?.[1] ?? ''))));
    expect(fitting).toEqual(expected);
    expect(found.at(-1)).toEqual(['--output=table', '--output=json', '--output=ndjson']);
  });

  it('knows every command, and every option of it', () => {
    const text = script('bash');
    for (const { metadata, options } of program.commands) {
      expect(text).toContain(metadata.name.split(' ').at(-1));
      for (const name of Object.keys(options))
        expect(text).toContain(`--${name.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`);
    }
  });

  it('is printed for a shell that is known, and refused for another', async () => {
    const called = async (shell: string): Promise<{ code: number; out: string; err: string }> => {
      const terminal = fakeTerminal();
      const code = await run(
        { ...program, version: '' },
        ['completion', shell],
        commandContext(terminal, join(folder, 'nowhere')),
      );
      return { code, ...terminal.written };
    };
    for (const shell of ['bash', 'zsh', 'fish'] as const)
      expect(await called(shell)).toEqual({ code: 0, out: script(shell), err: '' });
    const { code, out, err } = await called('tcsh');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('<shell>: got "tcsh", expected bash, zsh, fish. Fix: name one of them.');
  });
});
