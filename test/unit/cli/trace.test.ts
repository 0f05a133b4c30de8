import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { program } from '../../../lib/cli/commands.ts';
import { run } from '../../../lib/cli/program.ts';
import { commandContext, fakeTerminal } from '../../support/fake-terminal.ts';
import type { OpsBench } from '../../support/ops-bench.ts';
import { oneEffect } from '../../support/orders-stages.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const freshet = async (
  { folder }: Pick<OpsBench, 'folder'>,
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
  const terminal = fakeTerminal();
  const options = ['--functions', 'test/fixtures/orders', '--state', folder];
  const code = await run(
    { version: '0', ...program },
    ['trace', ...argv, ...options],
    commandContext(terminal, root),
  );
  return { code, ...terminal.written };
};

/** Places differ by the hash of a key. */
const placeless = (text: string): string => text.replaceAll(/\/\d\/0/g, '/p/0');

describe('freshet trace', () => {
  it('shows the way of a record step by step', async () => {
    const bench = await oneEffect();
    const { code, out, err } = await freshet(bench, 'a', 'orders');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(placeless(out)).toMatchInlineSnapshot(`
      "/bench#a
                  event        placed of ada
                               orders-v2/p/0  2026-01-05T08:00:00.000Z
                               append 0 ms
                  row          row of ada, version 1
                               rows/ada
           +0 ms  vector       vector of ada
                               dev.orders.orders.vector/p/0  2026-01-05T08:00:00.000Z
                               append 0 ms + receive 0 ms + process 0 ms + external 0 ms
           +0 ms  decision     decision of suspicion 1
                               dev.orders.orders.decision/p/0  2026-01-05T08:00:00.000Z
                               append 0 ms + receive 0 ms + process 0 ms + external 0 ms
           +0 ms  effect       effect done
                               effects/freshet-b753d85e8e9263a5878d5f0e590d416baa224b44  2026-01-05T08:00:00.000Z
           +0 ms  outcome      outcome done
                               dev.orders.orders.outcome/p/0  2026-01-05T08:00:00.000Z
                               append 0 ms + receive 0 ms + process 0 ms + external 0 ms
      "
    `);
    expect(await bench.embedded.operations.audits(5)).toEqual([]);
  });

  it('shows what is in the records where it is asked for, which is audited', async () => {
    const bench = await oneEffect();
    const { out } = await freshet(bench, 'a', 'orders', '--payload', '--reason', 'claim');
    expect(out).toContain('"sku": "lamp"');
    expect(out).toContain('"answer": [');
    expect(await bench.embedded.operations.audits(5)).toMatchObject([
      { what: 'reveal the trace of a', why: 'claim' },
    ]);
  });

  it('says what is missing', async () => {
    const { out } = await freshet(
      await oneEffect({ kind: 'unknown', detail: '503', retryAfterMs: undefined }),
      'a',
      'orders',
    );
    expect(out).toMatch(/^ +missing +nobody knows whether the effect was had/m);
  });

  it('is JSON for a program', async () => {
    const bench = await oneEffect();
    const { out } = await freshet(bench, bench.sent[0]?.key ?? '', 'orders', '--output', 'json');
    expect(JSON.parse(out)).toMatchObject({ correlation: '/bench#a', missing: [], steps: { length: 6 } });
  });

  it('says of nothing what it looked for: exit 2', async () => {
    const { code, err } = await freshet(await oneEffect(), 'nothing', 'orders');
    expect(code).toBe(2);
    expect(err).toContain('got "nothing", of which nothing is known');
    expect(err).toContain('next:  npx freshet trace --help');
  });
});
