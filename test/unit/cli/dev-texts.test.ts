import { describe, expect, it } from 'vitest';
import { DevScreen } from '../../../lib/cli/dev/dev-screen.ts';
import { effectText } from '../../../lib/cli/dev/effect-text.ts';
import { duration, figure } from '../../../lib/cli/dev/figures.ts';
import { progressBlock, progressLine } from '../../../lib/cli/dev/progress-text.ts';
import { reportText } from '../../../lib/cli/dev/report-text.ts';
import { driftedText, startText } from '../../../lib/cli/dev/start-text.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import type { Progress } from '../../../lib/local/local-run.ts';
import type { RunReport, StageReport } from '../../../lib/local/report/report.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';

const { out: plain } = fakeTerminal();
const of = { pipeline: 'orders', resume: 'npx freshet resume action --state here' };
const where = { name: undefined, functions: 'functions', state: 'here', platform: [] };
const quantiles = { p50: 12, p99: 1_340, max: 2_000 };
const segments = {
  append: quantiles,
  receive: quantiles,
  process: null,
  external: quantiles,
  emit: quantiles,
};
const progress: Progress = {
  simulated: epochMsOf(Date.parse('2013-01-05T14:30:59Z')),
  played: 12_345,
  toPlay: 55_713,
  stages: [
    { name: 'features', freshnessMs: quantiles, firstUncommittedMs: 250, lag: 1_234, deadLetters: 2 },
    { name: 'action', freshnessMs: null, firstUncommittedMs: 0, lag: 0, deadLetters: 0 },
  ],
  effects: 17,
  isPaused: false,
};
const stage: StageReport = {
  received: 1_000,
  consumed: 1_000,
  verdicts: { done: 900, 'dead-lettered(schema)': 100 },
  emitted: 900,
  freshnessMs: quantiles,
  segmentsMs: segments,
};
const report: RunReport = {
  pipeline: 'orders',
  isComplete: true,
  durationMs: 31_400,
  input: { placed: 1_000, rejected: 3 },
  stages: { features: stage },
  effects: { done: 5, suppressed: 6, failed: 7, inDoubt: 8 },
  receiver: { requests: 5, distinctKeys: 5, duplicateEffects: 0 },
  quality: { auc: 0.75, precision: 0.5, recall: null, positives: 2, decisions: 900, judged: 880 },
  target: { share: 0.9919, lost: 0, brokenMostBy: 'features.receive' },
  segmentsMs: segments,
  balanced: true,
};

describe('progress', () => {
  it('is a block on a terminal', () => {
    expect(progressBlock(of, progress)).toMatchInlineSnapshot(`
      [
        "",
        "orders  ·  2013-01-05 14:30 UTC  ·  12,345 of 55,713 events in  ·  17 effects",
        "  stage     freshness p50    p99  oldest uncommitted    lag  dead letters",
        "  features          12 ms  1.3 s              250 ms  1,234             2",
        "  action                –      –                0 ms      0             0",
      ]
    `);
  });

  it('is one line elsewhere', () => {
    expect(progressLine(of, progress)).toMatchInlineSnapshot(
      `"2013-01-05 14:30 UTC | 12,345/55,713 events | features p50 12 ms p99 1.3 s oldest 250 ms lag 1,234 dead 2 | action p50 – p99 – oldest 0 ms lag 0 dead 0 | effects 17"`,
    );
  });

  it('says that action is paused, and what ends it', () => {
    const paused = { ...progress, isPaused: true };
    expect(progressLine(of, paused)).toContain(' | action is paused: npx freshet resume action --state here');
    // Not behind other things: a terminal cuts a line that is too long for it.
    expect(progressBlock(of, paused)[2]).toBe('action is paused: npx freshet resume action --state here');
  });

  it('comes every five seconds off a terminal, and is drawn over itself on one', () => {
    const file = fakeTerminal();
    const lines = new DevScreen(file.out, of, 1_000);
    for (const now of [1_250, 5_999, 6_000, 6_250, 10_999, 11_000]) lines.show(progress, now);
    expect(file.written.out.trimEnd().split('\n')).toHaveLength(2);
    lines.clear();
    expect(file.written.out).not.toContain('\u001B');

    const screen = fakeTerminal({ isTty: true });
    new DevScreen(screen.out, of, 1_000).show(progress, 1_250);
    expect(screen.written.out).toContain('oldest uncommitted');
  });
});

describe('the report', () => {
  it('shows the accounting identity of every stage', () => {
    expect(reportText(report, where, plain)).toMatchInlineSnapshot(`
      "
      orders: report after 31.4 s
      in         placed 1,000 · rejected 3

        stage     received  consumed  verdicts                                emitted  freshness p50    p99    max
        features     1,000     1,000  = done 900 + dead-lettered(schema) 100      900          12 ms  1.3 s  2.0 s

      from publication to outcome, by segment
        segment     p50    p99    max
        append    12 ms  1.3 s  2.0 s
        receive   12 ms  1.3 s  2.0 s
        process       –      –      –
        external  12 ms  1.3 s  2.0 s
        emit      12 ms  1.3 s  2.0 s

      target     kept by 99.1 % · broken most often by features.receive
      effects    done 5 · suppressed 6 · failed 7 · in doubt 8
      receiver   5 requests · 5 distinct keys · 0 duplicate effects
      quality    AUC 0.750 · precision 0.500 · recall – · 900 decisions, 880 with a recorded outcome, 2 of them positive
      balanced   yes: every record of every topic was consumed and has one verdict
      next       npx freshet dlq list --state here
      next       npx freshet effects list --state here"
    `);
  });

  it.each([
    [{ rejected: 1 }, 'done', 0, ['dlq list']],
    [{}, 'dead-lettered(schema)', 0, ['dlq list']],
    [{}, 'mapping-gave-up', 0, ['dlq list']],
    [{}, 'in-doubt', 1, ['effects list']],
    [{ rejected: 0 }, 'suppressed(late)', 0, []],
  ])(
    'names the commands that show what did not go well: %j, %s, %d in doubt',
    (input, label, inDoubt, names) => {
      const text = reportText(
        {
          ...report,
          input,
          stages: { features: { ...stage, verdicts: { [label]: 1_000 } } },
          effects: { done: 5, suppressed: 6, failed: 0, inDoubt },
        },
        where,
        plain,
      );
      expect(text.split('\n').filter((row) => row.startsWith('next'))).toEqual(
        names.map((name) => `next       npx freshet ${name} --state here`),
      );
    },
  );

  it.each([
    [{ share: null, lost: 0, brokenMostBy: null }, 'nothing was settled yet'],
    [{ share: 1, lost: 0, brokenMostBy: null }, 'kept by 100.0 %'],
    [{ share: 0.5, lost: 1_234, brokenMostBy: null }, 'kept by 50.0 % · 1,234 lost'],
    [
      { share: 0.9999, lost: 1, brokenMostBy: 'action.external' },
      'kept by 99.9 % · 1 lost · broken most often by action.external',
    ],
  ])('says how the target was kept: %j', (target, text) => {
    expect(reportText({ ...report, target }, where, plain).split('\n')).toContain(`target     ${text}`);
  });

  it('says where the books do not balance', () => {
    const off = { ...report, balanced: false, stages: { features: { ...stage, received: 1_001 } } };
    expect(reportText(off, where, plain)).toContain(
      'balanced   no: features has 1,001 records, was given 1,000, settled 1,000',
    );
  });

  it('says nothing of quality where nothing is known of what followed', () => {
    const quality = { auc: null, precision: null, recall: null, positives: 0, decisions: 900, judged: 0 };
    expect(reportText({ ...report, quality }, where, plain)).toContain(
      'quality    900 decisions; the recording says nothing of what followed',
    );
  });
});

it('the first effect says what, why, how fresh and what to try next', () => {
  const chain = {
    id: 'x',
    trace: undefined,
    status: 'done',
    stage: 'action',
    totalMs: 145,
    segmentsMs: { append: 3, receive: 100, process: 30, external: 10, emit: 2 },
    hops: [
      { stage: 'features', appendMs: 1, receiveMs: 50, processMs: 9, externalMs: 0 },
      { stage: 'action', appendMs: 2, receiveMs: 50, processMs: 21, externalMs: 10 },
    ],
  };
  const summary = { title: 'hold o-10', detail: 'phone', why: ['many', 'dear'] };
  expect(effectText({ summary, score: 0.6812, chain }, 3_000, 'npx freshet look', plain))
    .toMatchInlineSnapshot(`
    "
    First effect: hold o-10
                 phone
      score      0.681
      why        many
                 dear
      freshness  145 ms from publication to effect (target 3 s)
                 by segment: append 3 ms + receive 100 ms + process 30 ms + external 10 ms + emit 2 ms
                 by stage: features 60 ms + action 83 ms
      next       in another terminal: npx freshet look"
  `);
  const bare = effectText(
    { summary: { ...summary, detail: '', why: [] }, score: undefined, chain },
    3_000,
    'npx freshet look',
    plain,
  );
  expect(bare).not.toMatch(/score|why|\n\s*\n/);
});

it('the start says what is about to run, and what was played before', () => {
  const about = {
    pipeline: 'orders',
    speed: { kind: 'paced', factor: 15_000 },
    root: '/p',
    folder: '/p/.freshet/orders',
    page: undefined,
  } as const;
  const run = { toPlay: 1_003, played: 0, receiverUrl: 'http://127.0.0.1:4000' };
  expect(startText(run, about)).toBe(
    'orders: 1,003 events, 15,000 simulated seconds a second; state in .freshet/orders; effects go to http://127.0.0.1:4000',
  );
  const again = startText(
    { ...run, played: 500 },
    { ...about, speed: { kind: 'fast' }, folder: '/elsewhere' },
  );
  expect(again).toContain('as fast as it goes; state in /elsewhere;');
  expect(again).toContain('500 of them are in the log already');
  const watched = startText(run, { ...about, page: 'http://127.0.0.1:7000' });
  expect(watched).toContain('\nwatch it, break it and see it heal: http://127.0.0.1:7000');
});

it('a warning of what drifted is one line, with how to mend it', () => {
  const drifted = {
    subject: 'topic dev.orders',
    setting: 'partitions',
    got: '1',
    expected: '4',
    fix: 'add 3',
  };
  expect(driftedText(drifted, plain)).toBe(
    'warning: topic dev.orders, partitions: got 1; expected 4. Fix: add 3.',
  );
});

it.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [1_000, '1.0 s'],
  [-20, '-20 ms'],
  [61_250, '61.3 s'],
])('%d ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

it.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1,000'],
  [53_487, '53,487'],
  [1_234_567, '1,234,567'],
])('a count of %d is shown as %s', (count, text) => {
  expect(figure(count)).toBe(text);
});
