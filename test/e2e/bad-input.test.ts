import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openEmbedded } from '../../lib/adapters/sqlite/embedded.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import type { RunReport } from '../../lib/local/report/report.ts';
import { lastHeader, textOf } from '../../lib/core/record.ts';
import { temporaryFolder } from '../support/folder.ts';
import { devReport, runFreshet, startFreshet, until } from '../support/freshet-process.ts';
import { noticesIn, settledText } from '../support/settled-text.ts';

// Whole processes: a machine that is busy with other tests takes its time over them.
vi.setConfig({ testTimeout: 60_000 });

const orders = ['--functions', 'test/fixtures/orders'];
const data = fileURLToPath(new URL('../fixtures/orders/data', import.meta.url));

/** `freshet dev` on the orders, which must not begin. */
const refused = async (
  ...args: readonly string[]
): Promise<{ readonly code: number | string; readonly err: string }> => {
  const { code, out, err } = await runFreshet('dev', ...orders, '--fast', '--once', ...args);
  expect(out).toBe('');
  expect(settledText(err)).toMatchSnapshot();
  return { code, err };
};

/** The recording of the orders in a folder of its own, with one more file. */
const recordingWith = (file: string, content: string | Uint8Array): string => {
  const folder = temporaryFolder();
  for (const name of readdirSync(data)) copyFileSync(join(data, name), join(folder, name));
  writeFileSync(join(folder, file), content);
  return folder;
};

describe('lines that cannot be read', () => {
  it('become dead letters with reason, file and line, and the run goes on', async () => {
    const folder = temporaryFolder();
    const input = recordingWith('orders-more.ndjson', '{"eventId":\n\n{"eventId":"x","kind":"placed"}\n');
    const args = [...orders, '--state', folder, '--fast', '--input', input];
    const { out, err } = await runFreshet('dev', '--once', '--output', 'json', ...args);
    expect(noticesIn(err)).toMatchSnapshot();
    const report = JSON.parse(out) as RunReport;
    expect(report).toMatchObject({ balanced: true, input: { placed: 34, cancelled: 6, rejected: 2 } });
    expect(report.stages['features']?.consumed).toBe(40);

    const embedded = openEmbedded({ folder, pipeline: 'orders', clock: systemClock });
    onTestFinished(() => embedded.close());
    const letters = await embedded.log.read({
      topic: 'orders-v2.dlq',
      partition: 0,
      from: 0,
      maxRecords: 9,
      maxBytes: 1e9,
    });
    const shown = letters.map(({ headers, value }) => [
      ...['freshet.reason', 'freshet.file', 'freshet.line'].map((name) =>
        textOf(lastHeader(headers, name) ?? new Uint8Array()),
      ),
      textOf(value ?? new Uint8Array()),
    ]);
    expect(shown).toEqual([
      ['not-json', 'orders-more.ndjson', '1', '{"eventId":'],
      ['schema', 'orders-more.ndjson', '3', '{"eventId":"x","kind":"placed"}'],
    ]);
    // Once each, however often it is started.
    const again = await devReport(...orders, '--state', folder, '--fast', '--input', input);
    expect(again.input['rejected']).toBe(2);
    expect((await embedded.log.offsets('orders-v2.dlq'))[0]?.end).toBe(2);
  });
});

// What a run refuses before it begins, whoever calls it, is in test/unit/cli/dev-refusals.test.ts.
describe('what cannot be played is refused with exit code 1:', () => {
  it('a .gz that is cut off, by its name', async () => {
    const whole = gzipSync('{}\n'.repeat(1_000));
    const input = recordingWith('orders-more.ndjson.gz', whole.subarray(0, whole.length - 10));
    const { code, err } = await refused('--state', temporaryFolder(), '--input', input);
    expect(code).toBe(1);
    expect(err).toContain('orders-more.ndjson.gz');
    expect(err).toContain('Fix: copy it again');
  });

  it('a .gz that is none, by its name', async () => {
    const input = recordingWith('orders-more.ndjson.gz', '{}\n');
    const { code, err } = await refused('--state', temporaryFolder(), '--input', input);
    expect(code).toBe(1);
    expect(err).toContain('orders-more.ndjson.gz');
    expect(err).toContain('Fix: copy it again');
  });

  it('a range without an event', async () => {
    const { code, err } = await refused(
      '--state',
      temporaryFolder(),
      '--from',
      '1999-01-01',
      '--to',
      '1999-01-02',
    );
    expect(code).toBe(1);
    expect(err).toContain('2026-01-05T');
  });

  it('a state folder that another run is using, or that was made with another range', async () => {
    const folder = temporaryFolder();
    const run = startFreshet('dev', ...orders, '--state', folder, '--fast');
    await until('the other run', () => run.written.out.includes('stays up'));
    const used = await refused('--state', folder);
    expect(used.code).toBe(1);
    expect(used.err).toContain(`process ${run.child.pid}`);
    run.child.kill('SIGTERM');
    expect(await run.ended).toBe(0);

    const range = ['--to', '2026-01-05T09:00:00Z'];
    const { code, err } = await refused('--state', folder, ...range);
    expect(code).toBe(1);
    expect(err).toContain('--to the whole');
    const reset = await devReport(...orders, '--state', folder, '--fast', ...range, '--reset');
    expect(reset.balanced).toBe(true);
    expect(reset.input['placed']).toBeLessThan(34);
  });

  it('a functions folder with a folder that has no contract', async () => {
    const functions = temporaryFolder();
    mkdirSync(join(functions, 'empty'));
    const { code, err } = await runFreshet('dev', '--functions', functions);
    expect(code).toBe(1);
    expect(settledText(err)).toMatchSnapshot();
    expect(err).toContain('contract.ts');
  });

  it('a contract that contradicts itself, with everything that does', async () => {
    const core = fileURLToPath(new URL('../../lib/core', import.meta.url));
    const functions = temporaryFolder({
      'shaky/contract.ts': `
        import { Type } from '${import.meta.resolve('typebox')}';
        import { keyed } from '${core}/contract/policies.ts';
        import { topic } from '${core}/contract/topics.ts';
        import { defineTrigger } from '${core}/contract/trigger.ts';
        import { days, hours, millis, seconds } from '${core}/units.ts';
        const It = Type.Object({ key: Type.String(), at: Type.String() });
        export const contract = defineTrigger({
          pipeline: 'shaky', version: '1.0.0', owner: 'nobody',
          freshness: { target: millis(100), objective: 0.2 },
          deadline: seconds(60),
          source: topic('nodots', { key: 'key', time: 'at', partitions: 1, retention: days(1), events: { it: It } }),
          features: { budget: millis(400), row: It, memory: hours(1), output: It },
          inference: { budget: millis(400), output: It },
          action: { budget: millis(400), effect: keyed(), giveUp: { after: seconds(10), attempts: 2 } },
        });`,
      'shaky/features.ts': '',
      'shaky/inference.ts': '',
      'shaky/action.ts': '',
    });
    for (const command of [['dev'], ['contract', 'check']]) {
      const { code, err } = await runFreshet(...command, '--functions', functions);
      expect(code).toBe(1);
      expect(settledText(err)).toMatchSnapshot();
      for (const path of ['freshness.target', 'alarms.pageAt', 'source.name'])
        expect(err).toMatch(
          new RegExp(`^  ${path.replace('.', '\\.')}.*: got .*; expected .*\\. Fix: `, 'm'),
        );
    }
  });
});

describe('a command that cannot be meant is refused with exit code 2:', () => {
  it('a speed of 0', async () => {
    const { code, err } = await runFreshet('dev', ...orders, '--speed', '0');
    expect(code).toBe(2);
    expect(err).toContain('--speed: got "0", expected a number above 0. Fix: write --speed 15000');
  });

  it('an unknown pipeline', async () => {
    const { code, err } = await runFreshet('dev', 'payments', ...orders);
    expect(code).toBe(2);
    expect(settledText(err)).toMatchSnapshot();
    expect(err).toContain('got pipeline "payments", expected one of orders');
  });
});
