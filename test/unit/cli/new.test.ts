import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { program } from '../../../lib/cli/commands.ts';
import { run } from '../../../lib/cli/program.ts';
import { commandContext, fakeTerminal } from '../../support/fake-terminal.ts';
import { temporaryFolder } from '../../support/folder.ts';

interface Called {
  readonly files?: Readonly<Record<string, string>>;
  readonly answer?: string;
  readonly chosen?: Readonly<Record<string, string>>;
}

/** `freshet new` in a project with these files. */
const called = async (argv: readonly string[], { files = {}, ...look }: Called = {}) => {
  const root = temporaryFolder(files);
  const terminal = fakeTerminal(look);
  const code = await run({ ...program, version: '0.0.0' }, ['new', ...argv], commandContext(terminal, root));
  const made = (path: string): string => readFileSync(join(root, 'functions', path), 'utf8');
  /** Hidden folders too: what is left of an attempt would be one. */
  const pipelines = (): readonly string[] =>
    existsSync(join(root, 'functions')) ? readdirSync(join(root, 'functions')) : [];
  return { code, ...terminal.written, made, pipelines };
};

const events = (...lines: readonly object[]): Readonly<Record<string, string>> => ({
  'events.ndjson': lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
});
const sample = ['--from-sample', 'events.ndjson'];
const at = '2026-01-05T08:00:00Z';
const order = { customer: 'ada', shop: 'x-1', at, sent: at, cents: 1200, weight: 1.5 };

describe('freshet new', () => {
  it('makes a pipeline of the example, says what is in it and how to run it', async () => {
    const { code, out, err, pipelines, made } = await called(['freezers']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatchInlineSnapshot(`
      "made functions/freezers: key sensor · time at · value celsius · id id
        contract.ts             topics, freshness, deadline, budgets, policies
        event.ts                the schema of an event, and what its members are
        schemas.ts              feature vectors and decisions
        row.ts                  the row of an entity
        baseline.ts             what is usual, measured on the sample
        features.ts             from events to feature vectors
        model.ts                a rule, for a first model
        inference.ts            the decision that follows from its answer
        action.ts               the request that a decision asks for
        recording.ts            how files become events, for the local run
        test/sample.ts          events for tests
        test/features.test.ts   tests of the features
        test/inference.test.ts  tests of the inference
        test/action.test.ts     tests of the action
        test/recording.test.ts  whether the recording is of the contract
        test/simulate.test.ts   all stages, through every accident
        data/sample.ndjson      a few events
        data/generated.ndjson   194 more, made up in its shape: delete it once you have real ones
      next:  npm start -- freezers
             npx vitest run functions/freezers
      "
    `);
    expect(pipelines()).toEqual(['freezers']);
    expect(made('freezers/contract.ts')).toContain("pipeline: 'freezers',");
    expect(made('freezers/recording.ts')).toContain("folder: 'functions/freezers/data',");
  });

  it('takes schema, key, time and value from a sample, or as they are named', async () => {
    const found = await called(['orders', ...sample], { files: events(order) });
    expect(found.out).toContain('made functions/orders: key customer · time at · value weight\n');
    expect(found.made('orders/event.ts')).toContain('  cents: Type.Integer(),\n  weight: Type.Number(),\n');
    const named = await called(
      ['orders', ...sample, '--key', 'shop', '--time', 'sent', '--value', 'cents', '--id', 'customer'],
      { files: events(order) },
    );
    expect(named.out).toContain('key shop · time sent · value cents · id customer\n');
    expect(named.made('orders/contract.ts')).toMatch(/key: 'shop',\n\s+time: 'sent',[^]*id: 'customer',/);
  });

  it('says which numbers lose digits, and that they name nothing', async () => {
    const { code, out } = await called(['orders', ...sample], {
      files: { 'events.ndjson': JSON.stringify(order).replace('1200', '12345678901234567890') },
    });
    expect(code).toBe(0);
    expect(out).toContain(
      '\nnote:  cents has whole numbers of 2^53 and beyond, which lose their last digits: it is neither key nor id. Have the producer send it as a text.\n',
    );
    expect((await called(['freezers'])).out).not.toContain('note:');
  });

  it('prints what it made as data, and nothing else on standard output', async () => {
    const files = { 'events.ndjson': JSON.stringify(order).replace('1200', '12345678901234567890') };
    const argv = ['orders', ...sample, '--functions', 'mine', '--output'];
    const { code, out, err } = await called([...argv, 'json'], { files });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      pipeline: 'orders',
      folder: 'mine/orders',
      roles: { key: 'customer', time: 'at', value: 'weight', id: null },
      files: expect.arrayContaining([
        { path: 'data/sample.ndjson', about: 'your sample: 1 events' },
        { path: 'contract.ts', about: 'topics, freshness, deadline, budgets, policies' },
      ]) as unknown,
      next: ['npx freshet dev orders --functions mine/orders', 'npx vitest run mine/orders'],
    });
    expect(err).toMatch(/^note: {2}cents has whole numbers [^\n]+\n$/);
    const lines = (await called([...argv, 'ndjson'], { files })).out.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([JSON.parse(out)]);
  });

  it('asks on a terminal for what was not given', async () => {
    const { code, out, made } = await called(sample, {
      files: events(order),
      answer: 'orders',
      chosen: {
        'Key:': 'shop',
        'Time:': 'sent',
        'Value:': 'cents',
        'Features:': 'stateless',
        'Model:': 'hosted',
        'Effect:': 'at-most-once',
      },
    });
    expect(code).toBe(0);
    expect(out).toContain('made functions/orders: key shop · time sent · value cents\n');
    expect(made('orders/features.ts')).toContain('/** Stateless:');
    expect(made('orders/local-model.ts')).toContain("param: 'MODEL_URL'");
    expect(made('orders/contract.ts')).toContain('effect: atMostOnce(),');
  });

  it('asks nothing with --yes, nor for what is given or could be nothing else', async () => {
    // Every question would be left without an answer.
    const alone = { customer: 'ada', at, weight: 1.5 };
    const choices = ['--features', 'stateless', '--model', 'bundled', '--effect', 'keyed'];
    const all = [
      ['orders', '--yes'],
      ['orders', ...choices],
      ['orders', ...sample, ...choices],
    ];
    for (const argv of all)
      expect(await called(argv, { files: events(alone), chosen: {} }), argv.join(' ')).toMatchObject({
        code: 0,
      });
  });

  it.each([
    ['the name', [], {}],
    ['the key', ['orders', ...sample], {}],
    ['a choice', ['orders'], { 'Features:': 'stateful' }],
  ])('makes nothing where somebody leaves at %s: exit 5', async (_, argv, chosen) => {
    const { code, err, pipelines } = await called(argv, { files: events(order), chosen });
    expect(code).toBe(5);
    expect(err).toContain('left without an answer: nothing was made');
    expect(pipelines()).toEqual([]);
  });
});

describe('the name of the template', () => {
  const choices = ['--yes', '--features', 'stateful', '--model', 'bundled', '--effect', 'keyed'];

  it('stays where it is part of a member', async () => {
    const event = { 'cold-store-id': 'c-1', at, 'cold-store': { celsius: 4.5 } };
    const { made } = await called(['orders', ...sample, ...choices], { files: events(event) });
    expect(made('orders/event.ts')).toMatch(/'cold-store-id': Type\.String\(\),[^]*'cold-store': ColdStore,/);
    expect(made('orders/event.ts')).toContain("event['cold-store'].celsius");
    expect(made('orders/contract.ts')).toMatch(/pipeline: 'orders',[^]*key: 'cold-store-id',/);
    expect(made('orders/test/sample.ts')).toContain("  'cold-store-id': entity,");
  });
});

describe('freshet new refuses, and leaves nothing,', () => {
  it.each([
    [[], 'got no name, expected one in kebab-case'],
    [['Cold Store'], 'got the pipeline name "Cold Store", expected kebab-case'],
    [['../up'], 'got the pipeline name "../up", expected kebab-case'],
    [['x'.repeat(64)], 'expected kebab-case, such as cold-store, at most 63 characters. Fix: name it so.'],
    [['orders', '--features', 'both'], '--features: got "both", expected stateful, stateless'],
    [['orders', '--key', 'customer'], 'without a sample, expected them to name members of one'],
  ])('%j: exit 2', async (argv, message) => {
    const { code, err, pipelines } = await called(argv);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(pipelines()).toEqual([]);
  });

  it('a name whose folder is there, and changes nothing in it', async () => {
    const files = { 'functions/orders/contract.ts': 'mine' };
    const { code, err, pipelines, made } = await called(['orders'], { files });
    expect(code).toBe(2);
    expect(err).toContain(
      'functions/orders is there already; nothing in it was changed. Fix: choose another name',
    );
    expect(pipelines()).toEqual(['orders']);
    expect(made('orders/contract.ts')).toBe('mine');
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['no such sample', {}, '--from-sample events.ndjson: got ENOENT'],
    ['an empty one', { 'events.ndjson': '' }, 'got an empty file; expected at least one event'],
    [
      'one that is not JSON',
      { 'events.ndjson': `${JSON.stringify(order)}\nhello\n` },
      'got line 2, which is not JSON',
    ],
    [
      'one without a time',
      events({ a: 'x', ts: 1_767_600_000 }),
      '--time: got no member that is a time in every event: ts may be a time, as a number',
    ],
    [
      'one whose key is nested',
      events({ customer: { id: 'c' }, at }),
      'customer.id lies inside another member',
    ],
    [
      'one of mixed shapes',
      events(order, order, order, { ...order, cents: 'many' }, { ...order, cents: { eur: 12 } }, order),
      'cents: got an object in line 5, a text in line 4, a whole number in lines 1, 2, 3 and 1 more; expected values of one kind, or null. Fix: mend these lines, or take a union of them with --mixed union.',
    ],
    [
      'one with a name that JavaScript has taken',
      events({ ...order, constructor: 'x' }),
      'constructor: got a member that every object of JavaScript has by itself',
    ],
  ])('%s: exit 1', async (_, files, message) => {
    const { code, err, pipelines } = await called(['orders', ...sample], { files });
    expect(code).toBe(1);
    expect(err).toContain(message);
    expect(pipelines()).toEqual([]);
  });

  it('where it cannot write: exit 1', async () => {
    const { code, err } = await called(['orders'], { files: { functions: 'a file' } });
    expect(code).toBe(1);
    expect(err).toMatch(
      /functions\/orders: got EEXIST[^;]*; expected a folder that can be written; nothing is left/,
    );
  });

  it('takes a union of mixed shapes where it is told to', async () => {
    const { code, made } = await called(['orders', ...sample, '--mixed', 'union'], {
      files: events(order, { ...order, cents: 'many' }),
    });
    expect(code).toBe(0);
    expect(made('orders/event.ts')).toContain('cents: Type.Union([Type.String(), Type.Integer()]),');
  });
});
