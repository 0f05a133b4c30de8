import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bytesOf } from '../../../lib/core/record.ts';
import { startReceiver } from '../../../lib/local/receiver/receiver.ts';
import { receiverAddressFile } from '../../../lib/local/outside.ts';
import { lockFolder } from '../../../lib/local/state/folder-lock.ts';
import { openOpsBench } from '../../support/ops-bench.ts';
import { fixtures, freshet, json, refused } from '../../support/orders-commands.ts';
import { breaking, oneEffect, ordersStages, placed } from '../../support/orders-stages.ts';

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
