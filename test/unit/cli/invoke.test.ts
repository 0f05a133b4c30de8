import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { program } from '../../../lib/cli/commands.ts';
import type { InvocationReport } from '../../../lib/cli/invoke/invocation-report.ts';
import { take } from '../../../lib/cli/invoke/take.ts';
import { run } from '../../../lib/cli/program.ts';
import { commandContext, fakeTerminal } from '../../support/fake-terminal.ts';
import { folderDigest } from '../../support/folder-digest.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { openOpsBench } from '../../support/ops-bench.ts';
import { oneEffect, ordersStages, placed } from '../../support/orders-stages.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `freshet invoke` on a state folder. */
const invoke = (state: string, ...words: readonly string[]): Promise<Ran> =>
  invokeOf('test/fixtures/orders', state, ...words);

const invokeOf = async (functions: string, state: string, ...words: readonly string[]): Promise<Ran> => {
  const terminal = fakeTerminal();
  const argv = ['invoke', ...words, '--functions', functions, '--state', state];
  const code = await run({ version: '0', ...program }, argv, commandContext(terminal, root));
  return { code, ...terminal.written };
};

const reported = async (state: string, ...words: readonly string[]): Promise<InvocationReport> => {
  const { code, out, err } = await invoke(state, ...words, '--output', 'json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as InvocationReport;
};

/** A state in which one order went through all stages, and a folder for events. */
const oneOrder = async (): Promise<{
  readonly state: string;
  readonly write: (content: unknown) => string;
}> => {
  const bench = await oneEffect();
  bench.close();
  return { state: bench.folder, ...filesFor() };
};

/** A folder for events. */
const filesFor = (): { readonly write: (content: unknown) => string } => {
  let files = 0;
  return {
    write: (content) => {
      files += 1;
      const name = `event-${files}.json`;
      const made = temporaryFolder({
        [name]: typeof content === 'string' ? content : JSON.stringify(content),
      });
      return join(made, name);
    },
  };
};

const order = (id: string): Readonly<Record<string, unknown>> => ({
  ...placed(id),
  at: new Date().toISOString(),
});
const decision = { hold: true, score: 0.9, customer: 'ada', order: 'order-x', sku: 'lamp' };
const requestsIn = (state: string): readonly unknown[] =>
  readFileSync(join(state, 'receiver.ndjson'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);

describe('freshet invoke --observe', () => {
  it('says what a stage would make of an event, and leaves the state as it is, byte for byte', async () => {
    const { state, write } = await oneOrder();
    const before = folderDigest(state);
    const features = await reported(state, 'features', '--event', write(order('b')), '--observe');
    expect(features).toMatchObject({
      stage: 'features',
      isObserved: true,
      records: [{ verdict: 'done' }],
      rows: [{ entity: 'ada', isWritten: true, row: { version: 2 } }],
      outputs: [{ topic: 'dev.orders.orders.vector', at: null, value: { order: 'order-b', sku: 'lamp' } }],
      error: null,
    });
    expect(Object.keys(features.timings.phasesMs)).toEqual(
      expect.arrayContaining(['arrive', 'decode', 'read', 'emit', 'advance', 'functions']),
    );
    const vector = features.outputs[0]?.value;
    expect(await reported(state, 'inference', '--event', write(vector), '--observe')).toMatchObject({
      records: [{ verdict: 'done' }],
      items: [{ states: ['claim: CLAIMED', 'complete: DONE'] }],
      outputs: [{ at: null, value: { hold: true, order: 'order-b' } }],
    });
    expect(await reported(state, 'action', '--event', write(decision), '--observe')).toMatchObject({
      records: [{ verdict: 'done' }],
      items: [{ states: ['claim: CLAIMED', 'arm: CLAIMED', 'complete: DONE'] }],
      requests: [{ answer: null, request: { method: 'POST', path: '/holds', body: { order: 'order-x' } } }],
    });
    expect(folderDigest(state)).toEqual(before);
  });

  it('shows the record at a place, and what is known of it already', async () => {
    const { state } = await oneOrder();
    const before = folderDigest(state);
    const places = [0, 1, 2].map((partition) => `orders-v2/${partition}/0`);
    const shown = await Promise.all(
      places.map((place) => invoke(state, 'features', '--at', place, '--observe')),
    );
    const found = shown.filter(({ code }) => code === 0);
    expect(found).toHaveLength(1);
    expect(found[0]?.out).toContain('fenced: its row has folded it before');
    expect(found[0]?.out).toContain('features, observed: nothing was written, appended or sent');
    // The others hold nothing, and say where something is.
    const { err } = shown.find(({ code }) => code !== 0) ?? { err: '' };
    expect(err).toMatch(/expected one that is there: records are in partition \d \(0 to 0\)/);
    expect(folderDigest(state)).toEqual(before);
  });

  it('shows what a model throws, whose message no log has', async () => {
    const { state, write } = await oneOrder();
    const again = (file: string, what: string): string =>
      `export { ${what} } from '${root}test/fixtures/orders/${file}';\n`;
    const functions = temporaryFolder({
      'orders/contract.ts': again('contract.ts', 'contract'),
      'orders/features.ts': again('features.ts', 'features, handler'),
      'orders/action.ts': again('action.ts', 'action, handler'),
      'orders/inference.ts': `
import { defineInference } from '${root}lib/core/stages/inference.ts';
import { handle } from '${root}lib/runtime/handle.ts';
import { contract } from './contract.ts';
const model = { id: 'm', version: '1', digest: 'd', infer: () => { throw new RangeError('no lamp'); } };
export const inference = defineInference(contract, { model, decide: () => ({}) as never });
export const handler = handle(inference);
`,
    });
    const vector = JSON.stringify(
      (await reported(state, 'features', '--event', write(order('d')), '--observe')).outputs[0]?.value,
    );
    const { code, out } = await invokeOf(
      join(functions, 'orders'),
      state,
      'inference',
      '--event',
      write(vector),
      '--observe',
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^thrown {7}RangeError: no lamp \(\S*orders\/inference\.ts:5:\d+\)$/m);
    expect(out).toMatch(/^log .*attempts failed$/m);
  });

  it('takes an event of Lambda, wherever it was captured', async () => {
    const { state, write } = await oneOrder();
    const record = {
      topic: 'prod.orders-v2',
      partition: 7,
      offset: 4_000_000_000,
      timestamp: 1_767_600_000_000,
      timestampType: 'LOG_APPEND_TIME',
      key: Buffer.from('ada').toString('base64'),
      value: Buffer.from(JSON.stringify(order('c'))).toString('base64'),
      headers: [],
    };
    const event = {
      eventSource: 'aws:kafka',
      bootstrapServers: 'b-1.example.com:9098',
      records: { 'prod.orders-v2-7': [record] },
    };
    expect(await reported(state, 'features', '--event', write(event), '--observe')).toMatchObject({
      records: [{ at: expect.stringMatching(/^orders-v2\/[0-2]\/1$/), verdict: 'done' }],
    });
  });
});

describe('freshet invoke', () => {
  it('does what the stage does: the event is appended, its effect sent once, and both are there afterwards', async () => {
    const { state, write } = await oneOrder();
    const report = await reported(state, 'action', '--event', write(decision));
    expect(report).toMatchObject({
      isObserved: false,
      records: [{ verdict: 'done' }],
      requests: [{ answer: expect.stringMatching(/^done: /) }],
      outputs: [{ at: expect.stringMatching(/^\d\/\d+$/) }],
    });
    expect(requestsIn(state)).toMatchObject([{ path: '/holds', did: 'effect', body: { order: 'order-x' } }]);
    // Given again, it finds what was done.
    const again = await reported(state, 'action', '--at', report.records[0]?.at ?? '');
    expect(again).toMatchObject({ records: [{ verdict: 'done' }], requests: [] });
    expect(requestsIn(state)).toHaveLength(1);
  });

  it('refuses to fold a record before those ahead of it, for they would be lost: exit 6', async () => {
    const { state, write } = await oneOrder();
    const before = folderDigest(state);
    const { code, err } = await invoke(state, 'features', '--event', write(order('d')));
    expect(code).toBe(6);
    expect(err).toContain('features has 1 record of partition');
    expect(err).toContain('Fix: add --observe');
    expect(folderDigest(state)).toEqual(before);
  });

  it('judges the order again where the record really stands: what came in between goes first', async () => {
    const bench = await openOpsBench(ordersStages);
    const { log } = bench.deployment;
    const { write } = filesFor();
    const asked = {
      contract: ordersStages.features.contract,
      environment: 'dev',
      stage: 'features',
      root,
      event: write(order('late')),
      at: undefined,
      type: undefined,
      isObserved: false,
    } as const;
    // Beside a run, its player appends between the look and the append.
    const produce = log.produce.bind(log);
    vi.spyOn(log, 'produce').mockImplementationOnce(async (records) => {
      await bench.publish('placed', 'first', placed('first'));
      return produce(records);
    });
    const taken = await take(bench.deployment, asked);
    expect(taken).toMatchObject({
      kind: 'unsafe',
      why: expect.stringMatching(
        /^features has 1 record of partition (\d) still before it, .* It is appended at orders-v2\/\1\/1 and was not invoked: the run takes it when it comes there\.$/,
      ),
      fix: 'wait for the run, or start one',
    });
    bench.close();
  });

  it.each<[string, readonly string[], unknown, string]>([
    [
      'that the contract does not have',
      ['features', '--type', 'nonsense', '--observe'],
      order('t'),
      '--type: got "nonsense", expected one of placed, cancelled. Fix: name one of them, or leave it out.',
    ],
    [
      'that the event is not of',
      ['features', '--type', 'cancelled', '--observe'],
      order('t'),
      '--type: got "cancelled", expected "placed", as "kind" in the event says. Fix: leave it out, or write the type to "kind".',
    ],
    [
      'of a decision',
      ['action', '--type', 'placed', '--observe'],
      decision,
      '--type: got "placed", expected none: action reads decisions, which have no types. Fix: leave it out.',
    ],
    [
      'of an event of Lambda',
      ['features', '--type', 'placed', '--observe'],
      { records: { 'orders-v2-0': [] } },
      '--type: got "placed", expected none: records of an event of Lambda say their type themselves. Fix: leave it out.',
    ],
  ])('refuses a type %s: exit 2', async (_, words, content, message) => {
    const { state, write } = await oneOrder();
    const { code, err } = await invoke(state, ...words, '--event', write(content));
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
  });

  it('takes the type that the event is of', async () => {
    const { state, write } = await oneOrder();
    const report = await reported(
      state,
      'features',
      '--event',
      write(order('t')),
      '--type',
      'placed',
      '--observe',
    );
    expect(report.records).toMatchObject([{ verdict: 'done' }]);
  });

  it.each<[string, readonly string[], RegExp]>([
    [
      'a type beside a place',
      ['features', '--at', 'orders-v2/0/0', '--type', 'placed'],
      /--type: got "placed", expected none: a record of the log says its type itself/,
    ],
    ['nothing to invoke with', ['features'], /got neither --event nor --at/],
    ['both', ['features', '--event', 'e.json', '--at', 'orders-v2/0/0'], /got --event and --at/],
    [
      'an unknown stage',
      ['scoring', '--at', 'orders-v2/0/0'],
      /got stage "scoring", expected one of features, inference, action/,
    ],
    [
      'a place that is none',
      ['features', '--at', 'orders-v2'],
      /--at: got "orders-v2", expected a topic, a partition and an offset/,
    ],
    [
      'a topic of another stage',
      ['action', '--at', 'orders-v2/0/0'],
      /Fix: invoke features, which reads orders-v2/,
    ],
    [
      'a partition that is not there',
      ['features', '--at', 'orders-v2/9/0'],
      /got partition 9 of orders-v2, expected 0 to 2/,
    ],
    [
      'a file that is not there',
      ['features', '--event', 'nowhere.json'],
      /got nowhere\.json, which cannot be read/,
    ],
  ])('says what it expected, given %s: exit 2', async (_, words, message) => {
    const { state } = await oneOrder();
    const { code, err } = await invoke(state, ...words);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err).toContain('Fix: ');
  });

  it.each<[string, string, RegExp]>([
    ['several lines', '{"a":1}\n{"a":2}\n', /it has several lines: write one of them to a file of its own/],
    ['half of JSON', '{"a":', /which is not JSON/],
    ['a list', '[1]', /got a list, expected one event as a JSON object/],
  ])('says what it expected of a file with %s: exit 2', async (_, content, message) => {
    const { state, write } = await oneOrder();
    const { code, err } = await invoke(state, 'features', '--event', write(content), '--observe');
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
