import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import type { RunReport } from '../../lib/local/report/report.ts';
import { temporaryFolder } from '../support/folder.ts';
import { runFreshet, startFreshet, until } from '../support/freshet-process.ts';

// Whole processes: a machine that is busy with other tests takes its time over them.
vi.setConfig({ testTimeout: 60_000 });

const files = ['contract', 'features', 'inference', 'action', 'recording'];

/** A pipeline of the fixtures, in a folder of another name where one is given. */
const pipeline = (name: string, folder = name): Readonly<Record<string, string>> =>
  Object.fromEntries(
    files.map((file) => [
      `${folder}/${file}.ts`,
      `export * from '${fileURLToPath(new URL(`../fixtures/${name}/${file}.ts`, import.meta.url))}';`,
    ]),
  );

const reportsIn = (out: string): readonly RunReport[] => JSON.parse(out) as RunReport[];

describe('freshet dev --all', () => {
  it('runs all pipelines on their own state and receiver, and gives the report of each', async () => {
    const [functions, state] = [
      temporaryFolder({ ...pipeline('meters'), ...pipeline('orders') }),
      temporaryFolder(),
    ];
    const { code, out, err } = await runFreshet(
      'dev',
      '--all',
      '--functions',
      functions,
      '--state',
      state,
      '--fast',
      '--once',
      '--output',
      'json',
    );
    expect(code, err).toBe(0);
    expect(reportsIn(out)).toMatchObject([
      {
        pipeline: 'meters',
        balanced: true,
        isComplete: true,
        effects: { done: 5 },
        receiver: { requests: 5 },
      },
      {
        pipeline: 'orders',
        balanced: true,
        isComplete: true,
        effects: { done: 4 },
        receiver: { requests: 4 },
      },
    ]);
    for (const name of ['meters', 'orders'])
      expect(existsSync(join(state, name, 'receiver.ndjson')), name).toBe(true);
    expect(err).toMatch(/^meters \| meters: 46 events/m);
    expect(err).toMatch(/^orders \| First effect: hold o-\d+/m);
  });

  it('goes on without one that does not load and one that breaks, names both, and ends with 7', async () => {
    const functions = temporaryFolder({
      ...pipeline('meters'),
      ...pipeline('orders'),
      ...pipeline('orders', 'shop'),
      'orders/features.ts': `export const handler = (() => { throw new Error('no model here'); })();`,
    });
    const { code, out, err } = await runFreshet(
      'dev',
      '--all',
      '--functions',
      functions,
      '--state',
      temporaryFolder(),
      '--fast',
      '--once',
      '--output',
      'json',
    );
    expect(code).toBe(7);
    expect(reportsIn(out)).toMatchObject([{ pipeline: 'meters', balanced: true, effects: { done: 5 } }]);
    expect(err).toMatch(/^shop {3}\| error: the folder and the contract name different pipelines:/m);
    expect(err).toMatch(
      /^orders \| error: A function does not start:\norders \| +features: got "no model here"/m,
    );
    expect(err).toMatch(/^orders \| read: {2}docs\/errors\.md#function_start_failed/m);
    expect(err).toContain('error: 2 of 3 pipelines did not end well: orders, shop');
  });

  it('plays each for about three minutes, and ends all of them on one interrupt, with their reports', async () => {
    const state = temporaryFolder();
    const run = startFreshet(
      'dev',
      '--all',
      '--functions',
      temporaryFolder({ ...pipeline('meters'), ...pipeline('orders') }),
      '--state',
      state,
    );
    await until(
      'both to be up',
      () => ['meters', 'orders'].every((name) => run.written.out.includes(`${name} | ${name}: `)),
      () => run.written.err,
    );
    run.child.kill('SIGINT');
    expect(await run.ended, run.written.err).toBe(0);
    // Six hours of the one, three of the other.
    expect(run.written.out).toContain('meters | meters: 46 events, 123 simulated seconds a second;');
    expect(run.written.out).toContain('orders | orders: 40 events, 65 simulated seconds a second;');
    for (const name of ['meters', 'orders']) {
      expect(run.written.out).toContain(`\n${name} | finishing what is in flight; Ctrl-C again stops`);
      expect(run.written.out).toContain(`\n${name}: report after `);
      expect(existsSync(join(state, name, 'receiver.url')), name).toBe(false);
    }
  });

  it('refuses the pipeline whose group another one has on the same cluster', async () => {
    const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));
    const shop = readFileSync(join(fixtures, 'orders/contract.ts'), 'utf8')
      .replaceAll(`'../../../lib`, `'${join(fixtures, '../../lib')}`)
      .replace(`'typebox'`, `'${import.meta.resolve('typebox')}'`)
      .replace(`pipeline: 'orders'`, `pipeline: 'shop'`)
      .replace('mapping: {', "mapping: { group: 'orders.features',");
    const functions = temporaryFolder({
      ...pipeline('orders'),
      ...pipeline('orders', 'shop'),
      'shop/contract.ts': shop,
    });
    const kafka = ['--bootstrap', '127.0.0.1:9'];
    const { code, out, err } = await runFreshet('dev', '--all', '--functions', functions, ...kafka);
    expect(code).toBe(1);
    expect(err).toContain('2 of 2 pipelines did not end well: orders, shop');
    expect(out).toContain(
      'orders | error: Kafka did not do what was asked: got no answer of 127.0.0.1:9 to a connection (connect ECONNREFUSED 127.0.0.1:9); expected its metadata. Fix: ',
    );
    expect(out).toContain('shop   | error: shop cannot run beside the others.');
    expect(out).toContain(
      'features.mapping.group: got consumer group dev.orders.features, which pipeline orders has on the same cluster;',
    );
  });

  it('takes nothing that only one pipeline can have', async () => {
    const { code, err } = await runFreshet('dev', 'orders', '--all', '--port', '8080');
    expect(code).toBe(2);
    expect(err).toContain(
      'got --all and the pipeline orders and --port 8080, expected every pipeline with its own. Fix: leave one out.',
    );
  });
});
