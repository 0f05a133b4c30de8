import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { program } from '../../../lib/cli/commands.ts';
import { run } from '../../../lib/cli/program.ts';
import { bytesOf } from '../../../lib/core/record.ts';
import { startReceiver } from '../../../lib/local/receiver/receiver.ts';
import { receiverAddressFile } from '../../../lib/local/outside.ts';
import { lockFolder } from '../../../lib/local/state/folder-lock.ts';
import { commandContext, fakeTerminal } from '../../support/fake-terminal.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { openOpsBench, type OpsBench } from '../../support/ops-bench.ts';
import { breaking, oneEffect, ordersStages, placed } from '../../support/orders-stages.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const fixtures = 'test/fixtures/orders';
const unknown = { kind: 'unknown', detail: '503', retryAfterMs: undefined } as const;
const refused = { kind: 'refused', detail: '422' } as const;

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The whole program, on the state folder of a bench that stays open beside it. */
const freshet = async ({ folder }: Pick<OpsBench, 'folder'>, line: string, answer?: string): Promise<Ran> => {
  const terminal = fakeTerminal(answer === undefined ? {} : { answer });
  const argv = [...line.split(' '), '--functions', fixtures, '--state', folder];
  const code = await run({ version: '0', ...program }, argv, commandContext(terminal, root));
  return { code, ...terminal.written };
};

const json = ({ out }: Ran): unknown => JSON.parse(out) as unknown;

describe('freshet pause and resume', () => {
  it('set the switch at once, audited with the reason', async () => {
    const bench = await openOpsBench(ordersStages);
    const paused = await freshet(bench, 'pause action orders --output json --reason storm');
    expect(paused).toMatchObject({ code: 0, err: '' });
    expect(json(paused)).toEqual([{ pipeline: 'orders', stage: 'action', paused: true }]);
    expect(await bench.embedded.operations.paused('action')).toEqual({ kind: 'read', value: true });
    expect((await freshet(bench, 'resume action orders')).code).toBe(0);
    expect(await bench.embedded.operations.paused('action')).toEqual({ kind: 'read', value: false });
    expect(await bench.embedded.operations.audits(5)).toMatchObject([
      { what: 'resume action', why: 'no reason given' },
      { what: 'pause action', why: 'storm' },
    ]);
  });

  it('refuse a stage without effects: exit 2', async () => {
    const { code, err } = await freshet(await openOpsBench(ordersStages), 'pause features orders');
    expect(code).toBe(2);
    expect(err).toContain('expected action');
  });

  it('make no state folder where there is none: exit 1', async () => {
    const bench = await openOpsBench(ordersStages);
    const { code, err } = await freshet({ folder: join(bench.folder, 'nowhere') }, 'pause action orders');
    expect(code).toBe(1);
    const state = join(bench.folder, 'nowhere');
    expect(err).toContain(`\`npx freshet dev orders --functions ${fixtures} --state ${state}\``);
    expect(err).not.toContain('--help');
  });

  it('leave a folder that holds no state as it is: exit 1', async () => {
    const folder = temporaryFolder({ 'notes.txt': 'mine' });
    const { code, err } = await freshet({ folder }, 'pause action orders');
    expect(code).toBe(1);
    expect(err).toContain(`${folder}, which holds none`);
    expect(readdirSync(folder)).toEqual(['notes.txt']);
  });
});

describe('freshet effects', () => {
  it('lists what waits for somebody, and shows one with its request hidden', async () => {
    const bench = await oneEffect(unknown);
    const id = bench.sent[0]?.key ?? '';
    const listed = await freshet(bench, 'effects list orders --output json');
    expect(json(listed)).toMatchObject([{ id, state: 'IN_DOUBT', reason: 'unknown-outcome' }]);
    expect((await freshet(bench, 'effects list orders')).out).toContain(id);
    expect(json(await freshet(bench, 'effects list orders --which done --output json'))).toEqual([]);

    const shown = await freshet(bench, `effects show ${id.slice(0, 18)} orders --output json`);
    expect(json(shown)).toMatchObject({ id, request: expect.stringMatching(/^\d+ bytes; --reveal/) });
    const [stored] = await bench.embedded.effects.list({ states: ['IN_DOUBT'], limit: 2 });
    const personal = ['lamp', stored?.key ?? ''];
    for (const { out } of [listed, shown]) for (const text of personal) expect(out).not.toContain(text);
    expect(await bench.embedded.operations.audits(5)).toEqual([]);
    const revealed = await freshet(bench, `effects show ${id} orders --output json --reveal --reason claim`);
    expect(json(revealed)).toMatchObject({
      key: stored?.key,
      request: { method: 'POST', body: { sku: 'lamp' } },
    });
    expect(await bench.embedded.operations.audits(5)).toMatchObject([
      { what: `reveal the request and key of effect ${id}`, why: 'claim' },
    ]);
    expect((await freshet(bench, 'effects show freshet-00000000 orders')).code).toBe(2);
  });

  it.each([
    ['', 'no effect failed or is in doubt; --which done lists those that were done'],
    [' --which done', 'no effect is done; --which all lists every one'],
    [' --which all', 'no effects yet'],
  ])('says where to look when there is nothing to list: effects list%s', async (which, said) => {
    const listed = await freshet(await openOpsBench(ordersStages), `effects list orders${which}`);
    expect(listed).toEqual({ code: 0, out: '', err: `${said}\n` });
  });

  it('says so when there are more than it lists', async () => {
    const bench = await oneEffect(unknown);
    await bench.publish('placed', 'b', placed('b'));
    await bench.run();
    const all = await freshet(bench, 'effects list orders --which all --limit 2 --output ndjson');
    expect(all.out.trimEnd().split('\n')).toHaveLength(2);
    expect(all.err).toBe('');
    const cut = await freshet(bench, 'effects list orders --which all --limit 1 --output ndjson');
    expect(cut.out.trimEnd().split('\n')).toHaveLength(1);
    expect(cut.err).toBe('these are the oldest 1; --limit shows more\n');
  });

  it('resolves one in doubt when the pipeline is named, and not otherwise', async () => {
    const bench = await oneEffect(unknown);
    const command = `effects resolve ${bench.sent[0]?.key ?? ''} orders --as done --reason seen`;
    for (const answer of [undefined, 'meters']) {
      const { code, err } = await freshet(bench, command, answer);
      expect(code).toBe(5);
      expect(err).toContain('--confirm=orders');
    }
    expect(await bench.read('outcomes')).toEqual([]);
    expect(await bench.embedded.operations.audits(5)).toEqual([]);

    const resolved = await freshet(bench, `${command} --confirm=orders --output json`);
    expect(resolved.code).toBe(0);
    expect(json(resolved)).toMatchObject({ state: 'DONE', evidence: [expect.stringContaining('seen')] });
    expect(await bench.read('outcomes')).toMatchObject([{ status: 'done', reason: 'seen' }]);

    // The same again only emits what is stored; the opposite is refused.
    const again = await freshet(bench, command);
    expect(again.code).toBe(0);
    expect(again.err).toContain('is DONE already: only its outcome is emitted again');
    const opposite = await freshet(bench, command.replace('--as done', '--as failed'), 'orders');
    expect(opposite.code).toBe(4);
    expect(opposite.err).toContain('DONE, not IN_DOUBT');
  });

  it('wants to know what became of it, and how that is known: exit 2', async () => {
    const bench = await oneEffect(unknown);
    const command = `effects resolve ${bench.sent[0]?.key ?? ''} orders --confirm=orders`;
    for (const [more, wanted] of [
      ['--reason seen', '--as'],
      ['--as maybe --reason seen', 'done or failed'],
      ['--as done', '--reason'],
    ] as const) {
      const { code, err } = await freshet(bench, `${command} ${more}`);
      expect([more, code]).toEqual([more, 2]);
      expect(err).toContain(wanted);
    }
  });
});

describe('freshet dlq', () => {
  it('lists and shows letters without their payload', async () => {
    const bench = await openOpsBench(breaking(ordersStages, () => true));
    await bench.publish('placed', 'a', placed('a'));
    await bench.deliver('features');
    const listed = await freshet(bench, 'dlq list orders --output ndjson --stage features');
    expect(JSON.parse(listed.out)).toMatchObject({
      reason: 'function-threw',
      message: expect.stringMatching(/^a bug \(test\//) as string,
      writtenBy: 'stage',
    });
    const { letter } = JSON.parse(listed.out) as { readonly letter: string };
    expect(await freshet(bench, 'dlq list orders --reason schema')).toMatchObject({
      code: 0,
      out: '',
      err: 'no dead letters\n',
    });
    expect((await freshet(bench, 'dlq list orders --since yesterday')).code).toBe(2);
    await bench.publish('placed', 'b', placed('b'));
    await bench.deliver('features');
    expect((await freshet(bench, 'dlq list orders --limit 2')).err).toBe('');
    const cut = await freshet(bench, 'dlq list orders --limit 1');
    expect(cut.err).toBe('these are the newest 1; --limit shows more\n');

    const shown = await freshet(bench, `dlq show ${letter} orders --output json`);
    expect(json(shown)).toMatchObject({
      redriveWould: 'process it again',
      value: expect.stringContaining('--reveal'),
    });
    expect(shown.out).not.toContain('lamp');
    expect(await bench.embedded.operations.audits(5)).toEqual([]);
    const revealed = await freshet(bench, `dlq show ${letter} orders --reveal --why claim --output json`);
    expect(json(revealed)).toMatchObject({ key: 'ada', value: { lines: [{ sku: 'lamp' }] } });
    expect(await bench.embedded.operations.audits(5)).toMatchObject([
      { what: `reveal letter ${letter}`, why: 'claim' },
    ]);
  });

  it('plans a redrive, and changes nothing until it is executed', async () => {
    const bench = await openOpsBench(breaking(ordersStages, () => true));
    await bench.publish('placed', 'a', placed('a'));
    await bench.deliver('features');
    const before = await bench.embedded.rows.read(['ada']);
    const plan = await freshet(bench, 'dlq redrive all orders --output json');
    expect(plan.code).toBe(0);
    expect(json(plan)).toMatchObject([{ redriveWould: 'process it again', outcome: null, verdict: null }]);
    expect(plan.err).toBe('of 1 letter(s): 1 would be tried.\nnext:  the same command with --execute\n');
    expect(await bench.embedded.rows.read(['ada'])).toEqual(before);
    expect(await bench.embedded.operations.audits(5)).toEqual([]);
  });

  it('redrives through the bundles of the stages', async () => {
    const bench = await openOpsBench(breaking(ordersStages, () => true));
    await bench.publish('placed', 'a', placed('a'));
    await bench.deliver('features');
    const done = await freshet(bench, 'dlq redrive all orders --execute --why mended --output json');
    expect(done.code).toBe(0);
    expect(json(done)).toMatchObject([{ outcome: 'settled', verdict: 'done', tries: 1 }]);
    expect(readdirSync(bench.folder).filter((name) => !name.startsWith('freshet.db'))).toEqual([]);
    expect(await bench.read('vectors')).toHaveLength(1);
    expect(await bench.embedded.operations.audits(5)).toMatchObject([{ why: 'mended' }]);
    const again = await freshet(bench, 'dlq redrive all orders --execute --output json');
    expect(json(again)).toMatchObject([{ outcome: 'settled', verdict: 'fenced' }]);
    expect((await freshet(bench, 'dlq redrive all orders')).err).toBe(
      'of 1 letter(s): 0 would be tried, 1 would only repeat what is stored.\n',
    );
    expect(await bench.read('vectors')).toHaveLength(1);
  });

  it('says when nothing can be redriven: exit 1', async () => {
    const bench = await openOpsBench(ordersStages);
    await bench.append({ topic: 'orders-v2.dlq', key: null, value: new Uint8Array(), headers: [] });
    const { code, out, err } = await freshet(bench, 'dlq redrive all orders --execute');
    expect(code).toBe(1);
    expect(out).toContain('no stage of this pipeline failed on it');
    expect(err).toContain('none of these letters');
    expect(err).toContain(
      `next:  npx freshet dlq show <letter> orders --functions ${fixtures} --state ${bench.folder}`,
    );
  });

  it('leaves what is past its deadline as it was, and says so: exit 1', async () => {
    // The bench's clock stands in the past, the command's does not: the deadline is over for it.
    const bench = await oneEffect(refused);
    const plan = await freshet(bench, 'dlq redrive all orders');
    expect(plan.out).toContain('leave it as it is (past its deadline: acts only with --past-deadline)');
    expect(plan.err).toBe(
      'of 1 letter(s): 0 would be tried, 1 would act only with --past-deadline.\nnext:  the same command with --execute --past-deadline\n',
    );
    const { code, out, err } = await freshet(bench, 'dlq redrive all orders --execute');
    expect(code).toBe(1);
    expect(out).toContain('past its deadline, left as it was');
    expect(err).toMatch(/^action\/\d\/0: past its deadline, left as it was\n/);
    expect(`${out}${err}`).not.toContain('failed-again');
  });

  it('finds lines that could not be read by the topic they were for', async () => {
    const bench = await openOpsBench(ordersStages);
    for (const topic of ['orders-v2', 'stock-v1'])
      await bench.append({
        topic: 'orders-v2.dlq',
        key: null,
        value: new Uint8Array(),
        headers: Object.entries({
          '__connect.errors.topic': topic,
          '__connect.errors.stage': 'player',
          'freshet.line': '1',
        }).map(([name, text]) => ({ name, value: bytesOf(text) })),
      });
    const listed = await freshet(bench, 'dlq list orders --output json');
    const names = (json(listed) as { letter: string }[]).map(({ letter }) => letter);
    expect(names).toEqual([
      expect.stringMatching(/^player\/orders-v2\/\d\/\d$/),
      expect.stringMatching(/^player\/stock-v1\/\d\/\d$/),
    ]);
    for (const name of names) {
      expect(json(await freshet(bench, `dlq show ${name} orders --output json`))).toMatchObject({
        letter: name,
      });
      expect((await freshet(bench, `dlq redrive ${name} orders`)).out).toContain('mend the line');
    }
  });

  it('wants the pipeline named before it acts past a deadline: exit 5', async () => {
    const bench = await oneEffect(refused);
    const { code, err } = await freshet(bench, 'dlq redrive all orders --past-deadline --execute');
    expect(code).toBe(5);
    expect(err).toContain('--confirm=orders');
    expect(await bench.embedded.operations.audits(5)).toEqual([]);
  });

  it('sends a failed effect again to a receiver that is started for it', async () => {
    const bench = await oneEffect(refused);
    const done = await freshet(
      bench,
      'dlq redrive all orders --past-deadline --execute --confirm=orders --output json',
    );
    expect(done).toMatchObject({ code: 0, err: expect.not.stringContaining('error') });
    expect(json(done)).toMatchObject([{ outcome: 'settled', verdict: 'done' }]);
    expect(json(await freshet(bench, 'effects list orders --which done --output json'))).toMatchObject([
      { state: 'DONE', redrive: 1 },
    ]);
  });

  it('redrives the letters of one reason, and leaves those of another as they were', async () => {
    const bench = await openOpsBench(
      breaking(ordersStages, (event) => (event as { readonly eventId: string }).eventId === 'b'),
    );
    bench.answers.push(refused);
    await bench.publish('placed', 'a', placed('a'));
    await bench.publish('placed', 'b', placed('b', { customer: 'bob' }));
    await bench.run();
    const before = await bench.embedded.rows.read(['bob']);
    const done = await freshet(
      bench,
      'dlq redrive all orders --reason refused --past-deadline --execute --confirm=orders --output json',
    );
    expect(done.code).toBe(0);
    expect(json(done)).toMatchObject([{ reason: 'refused', outcome: 'settled', verdict: 'done' }]);
    expect(await bench.embedded.rows.read(['bob'])).toEqual(before);
    expect(await bench.read('vectors')).toHaveLength(1);
    const other = await freshet(bench, 'dlq redrive all orders --reason function-threw --output json');
    expect(json(other)).toMatchObject([{ reason: 'function-threw', redriveWould: 'process it again' }]);
  });

  it('tries nothing while action is paused, and names the command that ends that: exit 1', async () => {
    const bench = await oneEffect(refused);
    await freshet(bench, 'pause action orders');
    const { code, err } = await freshet(
      bench,
      'dlq redrive all orders --past-deadline --execute --confirm=orders',
    );
    expect(code).toBe(1);
    expect(err).toContain('Stage action is paused: its letters stand as they did.');
    const options = `--functions ${fixtures} --state ${bench.folder}`;
    expect(err).toContain(`next:  npx freshet resume action orders ${options}\n`);
  });

  it('while the pipeline runs: sends to its receiver, whose address it tells', async () => {
    const bench = await oneEffect(refused);
    const lock = lockFolder(bench.folder);
    onTestFinished(() => lock.release());
    const command = 'dlq redrive all orders --past-deadline --execute --confirm=orders --output json';
    const without = await freshet(bench, command);
    expect(without.code).toBe(1);
    expect(without.err).toContain('HOLDS_URL');

    const got: unknown[] = [];
    const running = await startReceiver({
      route: { method: 'POST', path: '/holds', param: 'HOLDS_URL' },
      port: 0,
      journal: join(bench.folder, 'running.ndjson'),
      clock: bench.clock,
      onEffect: ({ body }) => got.push(body),
    });
    onTestFinished(() => running.close());
    writeFileSync(receiverAddressFile(bench.folder), `${running.url}\n`);
    expect(json(await freshet(bench, command))).toMatchObject([{ outcome: 'settled', verdict: 'done' }]);
    expect(got).toMatchObject([{ sku: 'lamp' }]);
  });
});
