import { describe, expect, it } from 'vitest';
import { AllScreen } from '../../../lib/cli/dev/all-screen.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import type { Progress } from '../../../lib/local/local-run.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';

const progress = (different: Partial<Progress> = {}): Progress => ({
  simulated: epochMsOf(Date.parse('2026-01-05T14:30:59Z')),
  played: 1_200,
  toPlay: 3_000,
  stages: [
    { name: 'features', freshnessMs: null, firstUncommittedMs: 250, lag: 1_000, deadLetters: 2 },
    {
      name: 'action',
      freshnessMs: { p50: 12, p99: 1_340, max: 2_000 },
      firstUncommittedMs: 0,
      lag: 5,
      deadLetters: 0,
    },
  ],
  effects: 17,
  isPaused: false,
  ...different,
});

describe('the screen of several pipelines', () => {
  it('names who says what, on every line', () => {
    const terminal = fakeTerminal();
    const screen = new AllScreen(terminal.out, ['meters', 'cold-store']);
    screen.of('meters', 'resume', 0).print('\nFirst effect: inspect\n\n  why');
    screen.of('cold-store', 'resume', 0).print('up');
    expect(terminal.written.out.split('\n')).toEqual([
      'meters     | First effect: inspect',
      'meters     |',
      'meters     |   why',
      'cold-store | up',
      '',
    ]);
  });

  it('has a line for each every five seconds, off a terminal', () => {
    const terminal = fakeTerminal();
    const [one, other] = ['meters', 'orders'].map((name) =>
      new AllScreen(terminal.out, ['meters', 'orders']).of(name, 'resume', 0),
    );
    one?.show(progress(), 4_999);
    expect(terminal.written.out).toBe('');
    one?.show(progress(), 5_000);
    one?.show(progress(), 5_001);
    other?.show(progress(), 5_002);
    expect(terminal.written.out.split('\n')).toMatchObject([
      expect.stringMatching(/^meters \| 2026-01-05 14:30 UTC \| 1,200\/3,000 events \| features /),
      expect.stringMatching(/^orders \| 2026-01-05 14:30 UTC/),
      '',
    ]);
  });

  it('is one table on a terminal, below what is said; one that has ended leaves it', () => {
    const terminal = fakeTerminal({ isTty: true });
    const screen = new AllScreen(terminal.out, ['meters', 'orders']);
    const [meters, orders] = [screen.of('meters', 'resume', 0), screen.of('orders', 'resume', 0)];
    orders.show(progress({ isPaused: true }), 0);
    meters.show(progress(), 0);
    expect(terminal.written.out.split('\u001B[J').at(-1)).toMatchInlineSnapshot(`
      "
      pipeline        clock, UTC       events in  effects  freshness p99    lag  dead letters
      meters    2026-01-05 14:30  1,200 of 3,000       17          1.3 s  1,005             2
      orders    2026-01-05 14:30  1,200 of 3,000       17          1.3 s  1,005             2  paused
      "
    `);
    meters.print('hello');
    expect(terminal.written.out).toContain('meters | hello\n');
    meters.clear();
    expect(terminal.written.out.split('\u001B[J').at(-1)).not.toContain('meters');
    orders.clear();
    expect(terminal.written.out.split('\u001B[J').at(-1)).toBe('');
  });
});
