import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { program } from '../../../lib/cli/commands.ts';
import { inspectionOf } from '../../../lib/cli/dev/debugging.ts';
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
  readonly preLaunchTask?: string;
  readonly port?: number;
}
interface Task {
  readonly label: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly problemMatcher: { readonly background: { readonly endsPattern: string } };
}

const read = (name: string): unknown => JSON.parse(readFileSync(join(root, '.vscode', name), 'utf8'));
const launch = read('launch.json') as {
  readonly inputs: readonly Input[];
  readonly configurations: readonly Launch[];
};
const tasks = read('tasks.json') as { readonly inputs: readonly Input[]; readonly tasks: readonly Task[] };

/** Words as the editor fills them in: with everything that can be chosen. */
const filledIn = (words: readonly string[], inputs: readonly Input[]): readonly (readonly string[])[] =>
  inputs
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

/** What the CLI's own parser says of a command, without running it. */
const parsed = async (argv: readonly string[]): Promise<string> => {
  const terminal = fakeTerminal();
  const commands = program.commands.map((command) => ({ ...command, handler: async () => 0 as const }));
  const code = await run({ ...program, version: '0', commands }, argv, commandContext(terminal, root));
  return code === 0 ? 'parsed' : terminal.written.err;
};

const calls: readonly (readonly [string, readonly string[]])[] = [
  ...launch.configurations.flatMap(({ name, request, program: file = '', args = [] }) =>
    request === 'launch'
      ? filledIn([file, ...args], launch.inputs).map((words) => [name, words] as const)
      : [],
  ),
  ...tasks.tasks.flatMap(({ label, args }) =>
    filledIn(args, tasks.inputs).map((words) => [label, words] as const),
  ),
];

describe('what the editor runs', () => {
  it('is there for each of the three', () => {
    expect(calls.map(([name]) => name)).toEqual(
      expect.arrayContaining([
        'Run with watch',
        'freshet: run with a stage open to a debugger',
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

  it('attaches where a stage is open by default, once it is', () => {
    const opened: string[] = [];
    const inspection = inspectionOf({ stage: 'features', port: 9_229 }, contract.resolved, {
      print: (text) => opened.push(text),
    });
    onTestFinished(() => inspection?.close());
    inspection?.onOpened('ws://127.0.0.1:9229/x');
    const attaching = launch.configurations.filter(({ request }) => request === 'attach');
    expect(new Set(attaching.map(({ port }) => port))).toEqual(new Set([inspection?.port]));
    const labels = attaching.flatMap(({ preLaunchTask }) => preLaunchTask ?? []);
    expect(labels.length).toBeGreaterThan(0);
    for (const label of labels) {
      const task = tasks.tasks.find((known) => known.label === label);
      expect(opened[0]).toMatch(new RegExp(task?.problemMatcher.background.endsPattern ?? '^never$'));
    }
  });

  it('names configurations that the CLI names too', () => {
    const opened: string[] = [];
    const inspection = inspectionOf({ stage: 'features', port: 0 }, contract.resolved, {
      print: (text) => opened.push(text),
    });
    onTestFinished(() => inspection?.close());
    inspection?.onOpened('ws://127.0.0.1:1/x');
    const [, named] = /VS Code "([^"]+)"/.exec(opened[0] ?? '') ?? [];
    expect(launch.configurations.map(({ name }) => name)).toContain(named);
  });
});
