import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { program } from '../../../lib/cli/commands.ts';
import { debugOptions, inspectionOf } from '../../../lib/cli/dev/debugging.ts';
import { run } from '../../../lib/cli/program.ts';
import { contract } from '../../fixtures/orders/contract.ts';
import { commandContext, fakeTerminal } from '../../support/fake-terminal.ts';

const root = resolve(import.meta.dirname, '../../..');

interface Input {
  readonly id: string;
  readonly options?: readonly string[];
  readonly default: string;
}
interface Launch {
  readonly name: string;
  readonly request: 'launch' | 'attach';
  readonly program?: string;
  readonly args?: readonly string[];
  readonly port?: number;
  /** Without a debugger of its own. */
  readonly noDebug?: boolean;
  readonly killBehavior?: string;
  /** What is started when a line matches, and whether it ends with this. */
  readonly serverReadyAction?: {
    readonly pattern: string;
    readonly name: string;
    readonly killOnServerStop: boolean;
  };
  /** What ends with this. */
  readonly cascadeTerminateToConfigurations?: readonly string[];
}

const launch = JSON.parse(readFileSync(join(root, '.vscode/launch.json'), 'utf8')) as {
  readonly inputs: readonly Input[];
  readonly configurations: readonly Launch[];
};

/** Words as the editor fills them in: with everything that can be chosen. */
const filledIn = (words: readonly string[]): readonly (readonly string[])[] =>
  launch.inputs
    .reduce(
      (lines, { id, options, default: byDefault }) =>
        lines.flatMap((line) =>
          (options ?? [byDefault]).map((value) => line.map((word) => word.replace(`\${input:${id}}`, value))),
        ),
      [words],
    )
    .map((line) =>
      line.map((word) =>
        word.replace('${workspaceFolder}', root).replace('${file}', join(root, 'package.json')),
      ),
    );

/** What is printed when a stage is open to a debugger there. */
const openedWith = async (url: string): Promise<string> => {
  const opened: string[] = [];
  const inspection = await inspectionOf({ stage: 'features', port: 0 }, contract.resolved, {
    print: (text) => opened.push(text),
  });
  inspection?.onOpened(url, true);
  await inspection?.close();
  return opened.join('\n');
};

/** What the CLI's own parser says of a command, without running it. */
const parsed = async (argv: readonly string[]): Promise<string> => {
  const terminal = fakeTerminal();
  const commands = program.commands.map((command) => ({ ...command, handler: async () => 0 as const }));
  const code = await run({ ...program, version: '0', commands }, argv, commandContext(terminal, root));
  return code === 0 ? 'parsed' : terminal.written.err;
};

const launched = launch.configurations.filter(({ request }) => request === 'launch');

const calls: readonly (readonly [string, readonly string[]])[] = launched.flatMap(
  ({ name, program: file = '', args = [] }) =>
    filledIn([file, ...args]).map((words) => [name, words] as const),
);

describe('what the editor runs', () => {
  it('is there for each of the three', () => {
    expect(calls.map(([name]) => name)).toEqual(
      expect.arrayContaining([
        'Run with watch',
        'Debug a stage',
        'Invoke a stage with the event in this file',
      ]),
    );
  });

  it.each(calls)('%s: %j is a command that there is', async (_, [file = '', ...argv]) => {
    expect(existsSync(file)).toBe(true);
    expect(argv.join(' ')).not.toContain('${');
    expect(await parsed(argv)).toBe('parsed');
  });

  it('is refused by the parser where it is no command', async () => {
    expect(await parsed(['dev', '--wacht'])).toContain("unknown option '--wacht'");
  });

  it('attaches where a stage is open by default, once it is', async () => {
    const opened = await openedWith('ws://127.0.0.1:9229/x');
    const attaching = launch.configurations.filter(({ request }) => request === 'attach');
    const byDefault = debugOptions.inspect.valueOf('features', '--inspect')?.port;
    expect(new Set(attaching.map(({ port }) => port))).toEqual(new Set([byDefault]));
    const debugging = launched.filter(({ args = [] }) => args.includes('--inspect'));
    expect(debugging.map(({ name }) => name)).toEqual(['Debug a stage']);
    for (const { noDebug, serverReadyAction } of debugging) {
      expect(opened).toMatch(new RegExp(serverReadyAction?.pattern ?? '^never$'));
      expect(attaching.map(({ name }) => name)).toContain(serverReadyAction?.name);
      // A stage that two debuggers are at would stand for both.
      expect(noDebug).toBe(true);
    }
  });

  it('ends debugging with its run, and the run with its debugging', () => {
    const debugging = launched.filter(({ serverReadyAction }) => serverReadyAction !== undefined);
    expect(debugging).not.toEqual([]);
    for (const { name, serverReadyAction } of debugging) {
      const attaching = launch.configurations.find((known) => known.name === serverReadyAction?.name);
      expect(serverReadyAction).toMatchObject({ killOnServerStop: true });
      expect(attaching).toMatchObject({ cascadeTerminateToConfigurations: [name] });
    }
  });

  it('is asked to end and not killed, so that it can report', () => {
    expect(new Set(launched.map(({ killBehavior }) => killBehavior))).toEqual(new Set(['polite']));
  });

  it('names configurations that the CLI names too', async () => {
    const [, named] = /VS Code "([^"]+)"/.exec(await openedWith('ws://127.0.0.1:1/x')) ?? [];
    expect(launch.configurations.map(({ name }) => name)).toContain(named);
  });
});
