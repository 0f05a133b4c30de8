import { describe, expect, it } from 'vitest';
import { defineCommand, optional, required, type Command } from '../../../lib/cli/command.ts';
import { confirmByName, confirmOption } from '../../../lib/cli/confirm.ts';
import { exitCode } from '../../../lib/cli/exit-code.ts';
import { fail } from '../../../lib/cli/failure.ts';
import { listingOption, printListing } from '../../../lib/cli/listing.ts';
import { choice, flag, number, text, textOr } from '../../../lib/cli/option.ts';
import { functionsOption, pipelineArgument, stateOption } from '../../../lib/cli/pipeline-options.ts';
import { run } from '../../../lib/cli/program.ts';
import { ConfigError, UsageError } from '../../../lib/core/errors.ts';
import { commandContext, fakeTerminal, type FakeTerminal } from '../../support/fake-terminal.ts';

const received: unknown[] = [];
const boxesPack = defineCommand({
  metadata: {
    name: 'boxes pack',
    summary: 'pack a box',
    description: 'Packs it well.',
    examples: ['freshet boxes pack blue --count 3'],
  },
  args: { colour: required('what colour'), label: optional('what it says') },
  options: {
    count: number('n', 'how many', { least: 1, most: 10, isWhole: true }),
    tape: choice(['brown', 'clear'], 'which tape'),
    toFolder: text('folder', 'where to'),
    from: textOr('place', 'where from', 'here'),
    handleWithCare: flag('be careful'),
  },
  handler: async (input) => {
    received.push(input);
    return exitCode.ok;
  },
});
/** As if it had been thrown by nobody's code: what is shown of a place is tested elsewhere. */
const placeless = <Thrown extends Error>(thrown: Thrown): Thrown => Object.assign(thrown, { stack: '' });

const throwing = (name: string, thrown: unknown): Command =>
  defineCommand({
    metadata: { name, summary: `throw as ${name}` },
    args: { pipeline: pipelineArgument },
    options: { functions: functionsOption, state: stateOption },
    handler: async () => {
      throw thrown;
    },
  });
const program = {
  version: '1.2.3',
  commands: [
    boxesPack,
    throwing(
      'misconfigured',
      placeless(
        new ConfigError('CONTRACT_INVALID', {
          message: 'the contract has 2 problems:',
          problems: [
            { path: 'a', got: '1', expected: '2', fix: 'write 2' },
            { path: 'b', got: '3', expected: '4', fix: 'write 4' },
          ],
        }),
      ),
    ),
    throwing('misused', new UsageError('USAGE', { message: 'got nothing, expected something' })),
    throwing('broken', new TypeError('x is not a function')),
    defineCommand({
      metadata: { name: 'partly', summary: 'do a part' },
      handler: async (_, { terminal }) =>
        fail(terminal, { what: 'half', next: 'freshet partly' }, exitCode.partial),
    }),
  ],
  nouns: { boxes: 'boxes and what is in them' },
};

const called = async (...argv: readonly string[]): Promise<FakeTerminal['written'] & { code: number }> => {
  const terminal = fakeTerminal();
  received.length = 0;
  const code = await run(program, argv, commandContext(terminal));
  return { ...terminal.written, code };
};

describe('a command', () => {
  it('gets its arguments and options by name, with their defaults', async () => {
    expect((await called('boxes', 'pack', 'blue')).code).toBe(0);
    expect(received).toEqual([
      {
        args: { colour: 'blue', label: undefined },
        options: {
          count: undefined,
          tape: 'brown',
          toFolder: undefined,
          from: 'here',
          handleWithCare: false,
        },
      },
    ]);
  });

  it('gets what was given, whatever the order', async () => {
    await called(
      'boxes',
      'pack',
      '--count',
      '3',
      'blue',
      '--handle-with-care',
      '--to-folder=x',
      'fragile',
      '--tape',
      'clear',
    );
    expect(received).toEqual([
      {
        args: { colour: 'blue', label: 'fragile' },
        options: { count: 3, tape: 'clear', toFolder: 'x', from: 'here', handleWithCare: true },
      },
    ]);
  });

  it.each([
    ['an unknown command', ['bags'], "unknown command 'bags'"],
    ['an unknown verb', ['boxes', 'burn'], "unknown command 'burn'"],
    ['an unknown option', ['boxes', 'pack', 'blue', '--fast'], "unknown option '--fast'"],
    ['a missing argument', ['boxes', 'pack'], "missing required argument 'colour'"],
    ['an argument too many', ['boxes', 'pack', 'a', 'b', 'c'], 'too many arguments'],
    ['an option without its value', ['boxes', 'pack', 'a', '--count'], 'argument missing'],
    [
      'a number out of bounds',
      ['boxes', 'pack', 'a', '--count', '0'],
      '--count: got "0", expected a whole number from 1 to 10',
    ],
    ['a number that is none', ['boxes', 'pack', 'a', '--count', 'x'], '--count: got "x"'],
    ['half a box', ['boxes', 'pack', 'a', '--count', '1.5'], '--count: got "1.5"'],
    ['an empty number', ['boxes', 'pack', 'a', '--count', ''], '--count: got ""'],
    [
      'a word that is none of the choices',
      ['boxes', 'pack', 'a', '--tape', 'red'],
      '--tape: got "red", expected brown, clear',
    ],
    ['nothing', [], 'Usage: freshet'],
    ['a noun without a verb', ['boxes'], 'Usage: freshet boxes'],
  ])('refuses %s with exit code 2, on standard error alone', async (_, argv, message) => {
    const { code, out, err } = await called(...argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
    expect(received).toEqual([]);
  });

  it.each([
    [['bags'], 'npx freshet --help'],
    [['boxes', 'burn'], 'npx freshet boxes --help'],
    [['boxes', 'pack'], 'npx freshet boxes pack --help'],
    [['boxes', 'pack', 'blue', '--fast'], 'npx freshet boxes pack --help'],
  ])('says where to look after a call that cannot be meant: %j', async (argv, next) => {
    expect((await called(...argv)).err).toMatch(
      new RegExp(`^error: .*\nnext:  ${next}\nread:  docs/errors.md#usage\n$`, 's'),
    );
  });

  it('shows every problem of a configuration, and where to go from there', async () => {
    const { code, out, err } = await called('misconfigured');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatchInlineSnapshot(`
      "error: the contract has 2 problems:
        a: got 1; expected 2. Fix: write 2.
        b: got 3; expected 4. Fix: write 4.
      next:  npx freshet contract check
      read:  docs/errors.md#contract_invalid
      "
    `);
  });

  it('checks the contract where it was told that the pipeline is', async () => {
    const { err } = await called('misconfigured', 'orders', '--functions', 'my pipelines', '--state', 'x');
    expect(err).toMatch(/next: {2}npx freshet contract check orders --functions 'my pipelines'\n/);
  });

  it('tells of the state where a disk is full only if it has one', async () => {
    const full = placeless(
      Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
    );
    const commands = [throwing('keeping', full), { ...throwing('stateless', full), options: {} }];
    const saidBy = async (...argv: readonly string[]): Promise<string> => {
      const terminal = fakeTerminal();
      await run({ version: '1.2.3', commands, nouns: {} }, argv, commandContext(terminal));
      return terminal.written.err;
    };
    expect(await saidBy('keeping', '--state', 'my state')).toMatch(
      /--state: got "ENOSPC: [^"]+", with the state in my state; expected room there/,
    );
    expect(await saidBy('keeping', 'orders')).toContain('with the state in .freshet/orders;');
    expect(await saidBy('keeping')).toContain('with the state in .freshet;');
    expect(await saidBy('stateless')).toContain('disk: got "ENOSPC');
  });

  it('turns what it throws into an exit code', async () => {
    expect(await called('misused')).toMatchObject({
      code: 2,
      err: expect.stringContaining('npx freshet misused --help') as string,
    });
    expect(await called('broken')).toMatchObject({
      code: 1,
      err: expect.stringContaining('x is not a function') as string,
    });
    expect(await called('partly')).toMatchObject({ code: 7, err: 'error: half\nnext:  freshet partly\n' });
  });
});

describe('help', () => {
  it('is data', async () => {
    const { code, out, err } = await called('boxes', 'pack', '--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatchInlineSnapshot(`
      "Usage: freshet boxes pack [options] <colour> [label]

      pack a box.

      Arguments:
        colour                what colour
        label                 what it says

      Options:
        --count <n>           how many
        --tape <brown|clear>  which tape (default: brown)
        --to-folder <folder>  where to
        --from <place>        where from (default: here)
        --handle-with-care    be careful
        -h, --help            display help for command

      Packs it well.

      Examples:
        freshet boxes pack blue --count 3
      "
    `);
  });

  it('tells the version', async () => {
    expect(await called('--version')).toEqual({ code: 0, out: '1.2.3\n', err: '' });
  });
});

describe('a list', () => {
  const rows = [
    { name: 'tea', count: 3, note: null },
    { name: 'biscuits', count: 12, note: 'dry' },
  ];
  const columns = [
    { title: 'NAME', cell: ({ name }: (typeof rows)[number]) => name },
    { title: 'N', cell: ({ count }: (typeof rows)[number]) => count },
    { title: 'NOTE', cell: ({ note }: (typeof rows)[number]) => note },
  ];
  const printed = (format: 'table' | 'json' | 'ndjson', items = rows): FakeTerminal['written'] => {
    const terminal = fakeTerminal();
    printListing(terminal, format, columns, items, 'nothing there');
    return terminal.written;
  };

  it('is a table, numbers to the right', () => {
    expect(printed('table').out).toMatchInlineSnapshot(`
      "NAME      N   NOTE
      tea        3  –
      biscuits  12  dry
      "
    `);
  });

  it('is JSON, whole or by line', () => {
    expect(JSON.parse(printed('json').out)).toEqual(rows);
    expect(
      printed('ndjson')
        .out.trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(rows);
  });

  it('says on standard error that there is nothing, and stays JSON where that was asked for', () => {
    expect(printed('table', [])).toEqual({ out: '', err: 'nothing there\n' });
    expect(printed('json', [])).toEqual({ out: '[]\n', err: '' });
    expect(printed('ndjson', [])).toEqual({ out: '', err: '' });
    expect(listingOption.choices).toEqual(['table', 'json', 'ndjson']);
  });

  it('has colours only where the screen has', () => {
    const bright = fakeTerminal({ isTty: true, hasColour: true });
    printListing(bright, 'table', columns, rows, '');
    expect(bright.written.out).toContain('\u001B[1m');
    expect(printed('table').out).not.toContain('\u001B');
  });
});

describe('a confirmation', () => {
  it.each([
    ['by the option', 'orders', undefined, undefined],
    ['by the answer', undefined, 'orders', undefined],
    ['not by another name', 'meters', 'orders', exitCode.declined],
    ['not by another answer', undefined, 'yes', exitCode.declined],
    ['not where nobody can be asked', undefined, undefined, exitCode.declined],
  ])('%s', async (_, given, answer, expected) => {
    const terminal = fakeTerminal(answer === undefined ? {} : { answer });
    expect(await confirmByName(terminal, 'orders', given, 'This deletes all.')).toBe(expected);
    expect(terminal.written.err.includes('--confirm=orders')).toBe(expected !== undefined);
    expect(confirmOption.valueOf('orders', '--confirm')).toBe('orders');
  });
});
