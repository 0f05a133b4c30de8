import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { openOpsBench } from '../../support/ops-bench.ts';
import { fixtures, freshet, json, unknown } from '../../support/orders-commands.ts';
import { oneEffect, ordersStages, placed } from '../../support/orders-stages.ts';

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
