import { describe, expect, it } from 'vitest';
import { program } from '../../../lib/cli/commands.ts';
import { exitCode } from '../../../lib/cli/exit-code.ts';
import { run } from '../../../lib/cli/program.ts';
import { commandContext, fakeTerminal, type FakeTerminal } from '../../support/fake-terminal.ts';

const called = async (...argv: readonly string[]): Promise<FakeTerminal['written'] & { code: number }> => {
  const terminal = fakeTerminal();
  const code = await run({ ...program, version: '0.0.0' }, argv, commandContext(terminal));
  return { ...terminal.written, code };
};

/** The words of a line as a shell reads them, up to where its output goes. */
const wordsOf = (line: string): readonly string[] =>
  [...line.replace(/ >>? .*$/, '').matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, inQuotes, bare]) => inQuotes ?? bare ?? '',
  );

describe('the help', () => {
  const names = ['', ...Object.keys(program.nouns), ...program.commands.map(({ metadata }) => metadata.name)];

  it.each(names)('of freshet %s', async (name) => {
    const { code, out, err } = await called(...name.split(' ').filter(Boolean), '--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatchSnapshot();
  });

  it.each(program.commands.map(({ metadata }) => [metadata.name, metadata.examples ?? []] as const))(
    'of freshet %s has examples that it takes',
    async (name, examples) => {
      expect(examples).not.toEqual([]);
      for (const example of examples) {
        const [freshet, ...argv] = wordsOf(example);
        expect([freshet, argv.slice(0, name.split(' ').length).join(' ')]).toEqual(['freshet', name]);
        const parsed: string[] = [];
        const commands = program.commands.map((command) => ({
          ...command,
          handler: async () => {
            parsed.push(command.metadata.name);
            return exitCode.ok;
          },
        }));
        const terminal = fakeTerminal();
        const code = await run({ ...program, commands, version: '' }, argv, commandContext(terminal));
        expect({ code, err: terminal.written.err, parsed }).toEqual({ code: 0, err: '', parsed: [name] });
      }
    },
  );

  it('is there for every command, and names every option and argument', async () => {
    for (const { metadata, options, args } of program.commands) {
      const { code, out } = await called(...metadata.name.split(' '), '--help');
      expect(code).toBe(0);
      for (const { description } of [...Object.values(options), ...Object.values(args)])
        expect(out.replaceAll(/\s+/g, ' '), metadata.name).toContain(description);
    }
  });

  it('has a line for every noun', () => {
    const nouns = program.commands.flatMap(({ metadata }) => {
      const [noun = '', verb] = metadata.name.split(' ');
      return verb === undefined ? [] : [noun];
    });
    expect(new Set(nouns)).toEqual(new Set(Object.keys(program.nouns)));
  });
});

describe('--output', () => {
  /** What it prints is a script for a shell. */
  const without = ['completion'];

  it.each(program.commands.map((command) => [command.metadata.name, command] as const))(
    'of freshet %s is a table, JSON or a line of JSON for each item',
    (name, { options }) => {
      const { output } = options;
      expect(output?.choices).toEqual(without.includes(name) ? undefined : ['table', 'json', 'ndjson']);
    },
  );
});

describe('dev refuses, with exit code 2,', () => {
  it.each([
    [['--speed', '0'], '--speed: got "0", expected a number above 0. Fix: write --speed 15000'],
    [['--speed=-5'], '--speed: got "-5"'],
    [['--speed', 'quick'], '--speed: got "quick"'],
    [['--speed', 'Infinity'], '--speed: got "Infinity"'],
    [['--speed', ''], '--speed: got ""'],
    [['--speed', '5', '--fast'], 'got --fast and --speed 5, expected one of them'],
    [['--from', 'yesterday'], '--from: got "yesterday", expected a day such as 2013-01-05'],
    [['--from', '2026-01-05T00:00:00'], 'or a time with its zone'],
    [['--to', '2026-02-30T00:00:00Z'], '--to: got "2026-02-30T00:00:00Z"'],
    [['--from', '2026-01-05', '--to', '2026-01-05'], 'Fix: write --to 2026-01-06 for one day.'],
    [['--redeliver', '2'], '--redeliver: got "2", expected a number from 0 to 1'],
    [['--split', '-1'], '--split'],
    [['--seed', '1.5'], '--seed: got "1.5", expected a whole number'],
    [['--port', '70000'], 'expected a whole number from 1 to 65535. Fix: write --port 8080, for example.'],
    [['--output', 'yaml'], '--output: got "yaml", expected table, json, ndjson'],
    [['one', 'two'], 'too many arguments'],
    [['--quickly'], "unknown option '--quickly'"],
  ])('%s', async (argv, message) => {
    const { code, out, err } = await called('dev', '--functions', 'test/fixtures/orders', ...argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });
});

describe('contract check', () => {
  it('tells of every contract', async () => {
    const { code, out } = await called(
      'contract',
      'check',
      '--functions',
      'test/fixtures/meters',
      '--output',
      'ndjson',
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      pipeline: 'meters',
      topic: 'energy.meter.read',
      events: ['reading', 'replaced'],
      contexts: ['weather'],
      effect: 'keyed',
      freshness: '99 % within 5 s',
    });
  });

  it('knows the pipelines there are', async () => {
    const { code, err } = await called(
      'contract',
      'check',
      'payments',
      '--functions',
      'test/fixtures/meters',
    );
    expect(code).toBe(2);
    expect(err).toContain('expected one of meters');
  });
});
