import { describe, expect, it } from 'vitest';
import type { ResolvedContract } from '../../../../lib/core/contract/resolved.ts';
import { TransientError } from '../../../../lib/core/errors.ts';
import type { SendAnswer } from '../../../../lib/core/stages/action.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { bodyOf, decision, headerOf, NOW, topics } from '../../../support/stage-records.ts';
import { tinyContract } from '../../../support/tiny-contract.ts';

const withAction = (different: Partial<ResolvedContract['action']>): StageBench =>
  new StageBench({ action: { ...tinyContract().action, ...different } });

const atMostOnce = (): StageBench => withAction({ effect: 'at-most-once' });

const answers = {
  done: { kind: 'done', evidence: '201' },
  'not-done': { kind: 'not-done', detail: '429', retryAfterMs: undefined },
  unknown: { kind: 'unknown', detail: '503', retryAfterMs: undefined },
  refused: { kind: 'refused', detail: '400' },
} satisfies Readonly<Record<SendAnswer['kind'], SendAnswer>>;

/** Names of the transitions that were written, call by call. */
const written = ({ ledger }: StageBench): string => ledger.calls.map((call) => call.join('+')).join(' ');

const aDay = 86_400_000;

describe('an effect', () => {
  it('is claimed, sent once, frozen and then emitted', async () => {
    const bench = new StageBench();
    const { verdicts, unfinished } = await bench.action([decision(7)]);
    expect({ verdicts, unfinished }).toEqual({ verdicts: ['done'], unfinished: [] });
    expect(bench.sent.map(({ request }) => request)).toEqual([{ bell: { warn: true } }]);
    expect(written(bench)).toBe('claim complete');
    const [outcome] = bench.producer.out;
    expect(outcome?.topic).toBe(topics.outcomes);
    expect(outcome && bodyOf(outcome)).toEqual({ status: 'done', stage: 'action', revision: 1 });
    expect(bench.ledger.only).toMatchObject({ state: 'DONE', revision: 1, evidence: ['201'] });
    expect(bench.journal.said).toEqual(['7 done']);
    expect(bench.clock.waits).toEqual([]);
  });

  it('is answered by what is stored at every further delivery, byte for byte and whatever its age', async () => {
    const bench = new StageBench();
    await bench.action([decision(7)]);
    bench.clock.advance(30 * aDay);
    bench.request = () => {
      throw new Error('redeployed');
    };
    expect((await bench.action([decision(7)])).verdicts).toEqual(['done']);
    expect((await bench.action([decision(9, { id: 'e7' })])).verdicts).toEqual(['done']);
    expect(bench.sent).toHaveLength(1);
    expect(bench.producer.out).toEqual([bench.producer.out[0], bench.producer.out[0], bench.producer.out[0]]);
    expect(bench.telemetry.reports.map(({ freshness, effects }) => [freshness.length, effects])).toEqual([
      [1, 1],
      [0, 0],
      [0, 0],
    ]);
  });

  it('is one per key: the followers in a batch take its verdict', async () => {
    const bench = new StageBench();
    const { verdicts } = await bench.action([decision(1), decision(2, { id: 'e1' }), decision(3)]);
    expect(verdicts).toEqual(['done', 'done', 'done']);
    expect(bench.sent).toHaveLength(2);
    expect(bench.producer.out).toHaveLength(2);
  });

  it('is a conflict where another payload comes under its identity, in a batch and across batches', async () => {
    const bench = new StageBench();
    const { verdicts } = await bench.action([decision(1), decision(2, { id: 'e1', payload: 'other' })]);
    expect(verdicts).toEqual(['done', 'dead-lettered(identity-conflict)']);
    expect((await bench.action([decision(3, { id: 'e1', payload: 'other' })])).verdicts).toEqual([
      'dead-lettered(identity-conflict)',
    ]);
    expect(bench.sent).toHaveLength(1);
    const letters = bench.producer.out.filter(({ topic }) => topic === topics.decisionLetters);
    expect(letters.map((letter) => headerOf(letter, '__connect.errors.offset'))).toEqual(['2', '3']);
    expect(bench.report.bad).toBe(1);
  });

  it('is not sent where its request says so, and says so', async () => {
    const bench = new StageBench();
    bench.request = () => ({ suppress: 'below-threshold' });
    expect((await bench.action([decision(1)])).verdicts).toEqual(['suppressed(below-threshold)']);
    expect(bench.sent).toEqual([]);
    expect(bench.producer.out.map(bodyOf)).toEqual([
      { status: 'suppressed', stage: 'action', reason: 'below-threshold', revision: 1 },
    ]);
  });

  it.each([
    [
      'throws',
      'function-threw',
      () => {
        throw new Error('no such bell');
      },
    ],
    ['returns nothing', 'output-mismatch', () => undefined],
    ['returns null', 'output-mismatch', () => null],
    ['returns a text', 'output-mismatch', () => 'ring'],
    ['returns a list', 'output-mismatch', () => [{ bell: true }]],
    ['returns an instance of a class', 'output-mismatch', () => new Date(0)],
    ['returns what JSON cannot hold', 'function-threw', () => ({ at: new Date(0) })],
    ['returns too much', 'oversize', () => ({ text: 'x'.repeat(200_000) })],
  ])('whose request function %s is a dead letter (%s), at once', async (_, reason, request) => {
    const bench = new StageBench();
    bench.request = request;
    expect((await bench.action([decision(1)])).verdicts).toEqual([`dead-lettered(${reason})`]);
    expect(bench.sent).toEqual([]);
    expect(bench.ledger.only.state).toBe('FAILED');
  });

  it.each([
    ['of another schema', decision(1, { body: { warn: 'yes' } }), 'schema'],
    ['without a value', { ...decision(1), value: null }, 'tombstone'],
    ['without an envelope', { ...decision(1), headers: [] }, 'envelope'],
  ])('of a decision %s is a dead letter', async (_, record, reason) => {
    const bench = new StageBench();
    expect((await bench.action([record])).verdicts).toEqual([`dead-lettered(${reason})`]);
    const [letter] = bench.producer.out;
    expect(letter && headerOf(letter, 'freshet.reason')).toBe(reason);
    expect(bench.report.bad).toBe(1);
  });
});

describe('the answers of a downstream', () => {
  it('sends the same request under the same key again, after what is unknown', async () => {
    const bench = new StageBench();
    bench.answer = () => answers.unknown;
    expect(await bench.action([decision(1)])).toEqual({ verdicts: ['retry(transient)'], unfinished: [1] });
    expect(bench.ledger.only).toMatchObject({ state: 'RELEASED', attempts: 1, maybeSent: true });
    bench.request = () => ({ bell: 'redeployed' });
    bench.answer = () => answers.done;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['done']);
    expect(bench.sent.map(({ request, key }) => ({ request, key }))).toEqual([
      { request: { bell: { warn: true } }, key: bench.sent[0]?.key },
      { request: { bell: { warn: true } }, key: bench.sent[0]?.key },
    ]);
  });

  it('waits for what Retry-After asks, within the time that is left', async () => {
    const bench = new StageBench();
    bench.answer = () => ({ ...answers['not-done'], retryAfterMs: 7_000 });
    await bench.action([decision(1)]);
    expect(bench.clock.waits).toEqual([7_000]);
    bench.answer = () => ({ ...answers['not-done'], retryAfterMs: 600_000 });
    await bench.action([decision(1)]);
    expect(bench.clock.waits).toEqual([7_000, 28_500]);
    expect(bench.ledger.only).toMatchObject({ state: 'RELEASED', attempts: 2, maybeSent: false });
  });

  it('takes a refusal for good, with a letter that every delivery emits again', async () => {
    const bench = new StageBench();
    bench.answer = () => answers.refused;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['dead-lettered(refused)']);
    expect((await bench.action([decision(1)])).verdicts).toEqual(['dead-lettered(refused)']);
    expect(bench.sent).toHaveLength(1);
    expect(bench.producer.out).toEqual([bench.producer.out[0], bench.producer.out[0]]);
    expect(bench.producer.out[0]?.topic).toBe(topics.decisionLetters);
  });

  it('never says that a request failed which may be out: it is in doubt', async () => {
    const bench = new StageBench();
    bench.answer = () => answers.unknown;
    await bench.action([decision(1)]);
    bench.answer = () => answers.refused;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['in-doubt']);
    expect(bench.ledger.only.state).toBe('IN_DOUBT');
  });

  it('takes what a transport throws for unknown', async () => {
    const bench = atMostOnce();
    bench.answer = () => {
      throw new TransientError('USER_TRANSIENT', { message: 'socket hang up' });
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['in-doubt']);
  });

  it('abandons a send that does not end, and tells the transport', async () => {
    const bench = new StageBench();
    let signal: AbortSignal | undefined;
    bench.answer = (_, call) => {
      signal = call.signal;
      return new Promise(() => {});
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(transient)']);
    expect(signal?.aborted).toBe(true);
    expect(bench.sent[0]?.timeoutMs).toBe(28_500);
    expect(bench.ledger.only).toMatchObject({ state: 'RELEASED', maybeSent: true });
  });

  it('settles each key by its own answer', async () => {
    const bench = new StageBench();
    const byOffset = [answers.done, answers.unknown, answers.refused, answers['not-done']];
    bench.answer = () => byOffset[bench.sent.length - 1] ?? answers.done;
    const result = await bench.action([1, 2, 3, 4].map((offset) => decision(offset)));
    expect(result).toEqual({
      verdicts: ['done', 'retry(transient)', 'dead-lettered(refused)', 'retry(transient)'],
      unfinished: [2, 3, 4],
    });
  });

  it('gives up with both the time and the attempts of the contract, and not before', async () => {
    const bench = new StageBench();
    bench.answer = () => answers['not-done'];
    const verdictAt = async (ms: number): Promise<string | undefined> => {
      bench.clock.advance(NOW + ms - bench.clock.now());
      return (await bench.action([decision(1, { expiry: epochMsOf(NOW + aDay) })])).verdicts[0];
    };
    for (const at of [0, 2_000, 4_000, 6_000, 8_000]) expect(await verdictAt(at)).toBe('retry(transient)');
    expect(bench.ledger.only.attempts).toBe(5);
    expect(await verdictAt(45_000)).toBe('dead-lettered(gave-up)');

    const slow = new StageBench();
    slow.answer = () => answers['not-done'];
    slow.clock.advance(0);
    await slow.action([decision(1, { expiry: epochMsOf(NOW + aDay) })]);
    slow.clock.advance(50_000);
    expect((await slow.action([decision(1, { expiry: epochMsOf(NOW + aDay) })])).verdicts).toEqual([
      'retry(transient)',
    ]);
  });

  it('sends a keyed request again until the deadline and giveUp.after have passed, and then says in-doubt', async () => {
    const bench = withAction({ giveUp: { afterMs: 45_000, attempts: 100 } });
    bench.answer = () => answers.unknown;
    const expiry = epochMsOf(NOW + 10_000);
    await bench.action([decision(1, { expiry })]);
    bench.clock.advance(NOW + 55_000 - bench.clock.now());
    expect((await bench.action([decision(1, { expiry })])).verdicts).toEqual(['retry(transient)']);
    bench.clock.advance(1);
    expect((await bench.action([decision(1, { expiry })])).verdicts).toEqual(['in-doubt']);
    expect(bench.sent).toHaveLength(2);
  });
});

describe('the kill switch', () => {
  it('is asked before the claim', async () => {
    const bench = new StageBench();
    bench.operations.pausedStages.add('action');
    expect(await bench.action([decision(1)])).toEqual({ verdicts: ['retry(paused)'], unfinished: [1] });
    expect([...bench.ledger.items]).toEqual([]);
    expect(bench.clock.waits).toEqual([1_000]);
  });

  it('is asked before each send: what is claimed is released, and no attempt is counted', async () => {
    const bench = new StageBench();
    let asked = 0;
    bench.operations.onPaused = () => {
      asked += 1;
      if (asked === 2) bench.operations.pausedStages.add('action');
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(paused)']);
    expect(bench.sent).toEqual([]);
    expect(bench.ledger.only).toMatchObject({ state: 'RELEASED', attempts: 0, maybeSent: false });
  });

  it('holds back a resend and a take-over too', async () => {
    const bench = new StageBench();
    bench.answer = () => answers.unknown;
    await bench.action([decision(1)]);
    bench.operations.pausedStages.add('action');
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(paused)']);
    bench.ledger.only = {
      ...bench.ledger.only,
      state: 'CLAIMED',
      owner: 'vanished',
      leaseUntil: epochMsOf(NOW),
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(paused)']);
    expect(bench.ledger.only.owner).toBe('vanished');
    expect(bench.sent).toHaveLength(1);
  });

  it('that goes on after the claim holds back a request that may be out already', async () => {
    const bench = new StageBench();
    bench.answer = () => answers.unknown;
    await bench.action([decision(1)]);
    let asked = 0;
    bench.operations.onPaused = () => {
      asked += 1;
      if (asked === 2) bench.operations.pausedStages.add('action');
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(paused)']);
    expect(bench.sent).toHaveLength(1);
    expect(bench.ledger.only).toMatchObject({ state: 'RELEASED', attempts: 1, maybeSent: true });
  });

  it('holds back a redrive before anything is reopened', async () => {
    const bench = new StageBench();
    bench.answer = () => answers.refused;
    await bench.action([decision(1)]);
    bench.operations.pausedStages.add('action');
    expect((await bench.action([decision(1)], { redrive: {} })).verdicts).toEqual(['retry(paused)']);
    expect(bench.ledger.only).toMatchObject({ state: 'FAILED', redrive: 0 });
  });

  it('stands in nobody’s way who sends nothing', async () => {
    const bench = new StageBench();
    await bench.action([decision(1)]);
    bench.operations.pausedStages.add('action');
    bench.request = () => ({ suppress: 'below-threshold' });
    expect((await bench.action([decision(1), decision(2)])).verdicts).toEqual([
      'done',
      'suppressed(below-threshold)',
    ]);
  });

  it('counts as on where it cannot be read', async () => {
    const bench = new StageBench();
    bench.operations.isDown = true;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(store-unavailable)']);
    expect(bench.sent).toEqual([]);
  });
});

describe('the limit', () => {
  it('lets out as many as there are tokens, and waits with the rest for the next minute', async () => {
    const bench = new StageBench();
    bench.operations.tokens = 2;
    const result = await bench.action([1, 2, 3].map((offset) => decision(offset)));
    expect(result).toEqual({ verdicts: ['done', 'done', 'retry(limited)'], unfinished: [3] });
    expect(bench.sent).toHaveLength(2);
    expect(bench.clock.waits).toEqual([20_000]);
    expect([...bench.ledger.items.values()].map(({ state, attempts }) => [state, attempts])).toEqual([
      ['DONE', 0],
      ['DONE', 0],
      ['RELEASED', 0],
    ]);
  });

  it('is looked at before the claim', async () => {
    const bench = new StageBench();
    bench.operations.tokens = 0;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(limited)']);
    expect([...bench.ledger.items]).toEqual([]);
  });

  it('is asked of nobody where the contract has none', async () => {
    const bench = withAction({ limitPerMinute: null });
    bench.operations.tokens = 0;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['done']);
  });
});

describe('at-most-once', () => {
  it('arms each send with a write directly before it', async () => {
    const bench = atMostOnce();
    bench.answer = () => {
      expect(bench.ledger.only.armedBy).toBe(bench.ledger.only.owner);
      return answers.done;
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['done']);
    expect(written(bench)).toBe('claim arm complete');
  });

  it('is in doubt where the answer is unknown, and never sent again', async () => {
    const bench = atMostOnce();
    bench.answer = () => answers.unknown;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['in-doubt']);
    expect((await bench.action([decision(1)])).verdicts).toEqual(['in-doubt']);
    expect(bench.sent).toHaveLength(1);
    expect(bench.producer.out.map((letter) => headerOf(letter, 'freshet.reason'))).toEqual([
      'unknown-outcome',
      'unknown-outcome',
    ]);
  });

  it('is sent again after what was certainly not done', async () => {
    const bench = atMostOnce();
    bench.answer = () => answers['not-done'];
    await bench.action([decision(1)]);
    bench.answer = () => answers.done;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['done']);
    expect(bench.sent).toHaveLength(2);
  });

  it('is in doubt where an armed worker vanished, and counts as bad', async () => {
    const bench = atMostOnce();
    await bench.action([decision(1)]);
    const { only } = bench.ledger;
    bench.ledger.only = {
      ...only,
      state: 'CLAIMED',
      owner: 'gone',
      armedBy: 'gone',
      leaseUntil: epochMsOf(NOW),
      emits: [],
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['in-doubt']);
    expect(bench.sent).toHaveLength(1);
    expect(bench.report).toMatchObject({ bad: 1, freshness: [] });
    await bench.action([decision(1)]);
    expect(bench.report.bad).toBe(0);
  });

  it('is never sent beside a zombie that arms between the read and the take-over', async () => {
    const bench = atMostOnce();
    await bench.action([decision(1)]);
    const vanished = {
      ...bench.ledger.only,
      state: 'CLAIMED' as const,
      owner: 'zombie',
      armedBy: null,
      leaseUntil: epochMsOf(NOW),
      emits: [],
    };
    bench.ledger.only = vanished;
    bench.ledger.before = ({ transition }) => {
      if (transition.name === 'takeOver') bench.ledger.only = { ...vanished, armedBy: 'zombie' };
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(in-flight)']);
    expect(bench.sent).toHaveLength(1);
    expect((await bench.action([decision(1)])).verdicts).toEqual(['in-doubt']);
    expect(bench.sent).toHaveLength(1);
  });

  it('does not send where arming has no answer, and lets go of the claim', async () => {
    const bench = atMostOnce();
    bench.ledger.fault = ({ transition }) => (transition.name === 'arm' ? 'lost' : undefined);
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(store-unavailable)']);
    expect(bench.sent).toEqual([]);
    expect(bench.ledger.only).toMatchObject({ state: 'RELEASED', attempts: 0 });
    bench.ledger.fault = () => undefined;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['done']);
  });

  it('does not begin a send for which no time is left', async () => {
    const bench = atMostOnce();
    bench.ledger.before = ({ transition }) => {
      if (transition.name === 'arm') bench.clock.advance(29_000);
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(no-time-left)']);
    expect(bench.sent).toEqual([]);
    expect(bench.ledger.only).toMatchObject({ state: 'RELEASED', attempts: 0 });
  });

  it('keeps the answer that comes after its effect was given up', async () => {
    const bench = atMostOnce();
    bench.answer = () => {
      bench.ledger.only = { ...bench.ledger.only, state: 'IN_DOUBT', owner: null, leaseUntil: null };
      return answers.done;
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['in-doubt']);
    expect(bench.ledger.only).toMatchObject({ state: 'IN_DOUBT', evidence: ['late answer: done 201'] });
  });
});

describe('the gate', () => {
  const late = { expiry: epochMsOf(NOW - 1) };

  it('suppresses what is late, as a bad event', async () => {
    const bench = new StageBench();
    expect((await bench.action([decision(1, late)])).verdicts).toEqual(['suppressed(late)']);
    expect(bench.sent).toEqual([]);
    expect(bench.report).toMatchObject({ bad: 1, freshness: [] });
  });

  it('lets out what is late where the contract only flags it, and flags it once', async () => {
    const bench = withAction({ late: 'flag' });
    const records = [
      decision(1, late),
      decision(2),
      decision(3, { ...late, flags: ['climate:stale', 'late'] }),
      decision(4, { flags: ['late'] }),
    ];
    expect((await bench.action(records)).verdicts).toEqual(['done', 'done', 'done', 'done']);
    expect(bench.producer.out.map((outcome) => headerOf(outcome, 'ce_flags'))).toEqual([
      'late',
      undefined,
      'climate:stale,late',
      'late',
    ]);
  });

  it('is not asked about a request that may be out', async () => {
    const bench = new StageBench();
    bench.answer = () => answers.unknown;
    const expiry = epochMsOf(NOW + 500);
    await bench.action([decision(1, { expiry })]);
    bench.answer = () => answers.done;
    expect((await bench.action([decision(1, { expiry })])).verdicts).toEqual(['done']);
    expect(bench.sent).toHaveLength(2);
  });

  it('is asked again before a wave that comes late because others were slow', async () => {
    const bench = new StageBench();
    bench.answer = () => {
      bench.clock.advance(100);
      return answers.done;
    };
    const expiry = epochMsOf(NOW + 1_000);
    const { verdicts } = await bench.action(
      Array.from({ length: 20 }, (_, offset) => decision(offset, { expiry })),
    );
    expect(verdicts.filter((verdict) => verdict === 'done')).toHaveLength(16);
    expect(verdicts.filter((verdict) => verdict === 'suppressed(late)')).toHaveLength(4);
    expect(bench.sent).toHaveLength(16);
  });

  it('suppresses what was made from context that the contract does not allow', async () => {
    const { context } = tinyContract();
    const { climate } = context;
    if (!climate) throw new Error('the tiny contract has a climate');
    const bench = new StageBench({ context: { climate: { ...climate, whenStale: 'suppress' } } });
    const { verdicts } = await bench.action([
      decision(1, { flags: ['climate:stale'] }),
      decision(2, { flags: ['climate:missing'] }),
      decision(3, { flags: ['late'] }),
    ]);
    expect(verdicts).toEqual(['suppressed(context-climate)', 'suppressed(context-climate)', 'done']);
  });
});

describe('the horizon', () => {
  const { keyRetentionMs } = tinyContract();

  it('lets in what is as old as it, and no older', async () => {
    const at = (originAppend: number) => ({ originAppend: epochMsOf(originAppend) });
    const bench = new StageBench();
    const { verdicts } = await bench.action([
      decision(1, at(NOW - keyRetentionMs)),
      decision(2, at(NOW - keyRetentionMs - 1)),
    ]);
    expect(verdicts).toEqual(['done', 'dead-lettered(horizon)']);
    expect(bench.sent).toHaveLength(1);
    expect(bench.report.bad).toBe(1);
  });

  it('lets every stored state answer for itself, however old', async () => {
    const bench = new StageBench();
    const old = { originAppend: epochMsOf(NOW - keyRetentionMs) };
    await bench.action([decision(1, old)]);
    bench.clock.advance(60_000);
    expect((await bench.action([decision(1, old)])).verdicts).toEqual(['done']);
  });
});

describe('claims', () => {
  it('of another worker are waited for', async () => {
    const bench = new StageBench();
    await bench.action([decision(1)]);
    bench.ledger.only = {
      ...bench.ledger.only,
      state: 'CLAIMED',
      owner: 'other',
      leaseUntil: epochMsOf(NOW + 4_000),
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(in-flight)']);
    expect(bench.clock.waits).toEqual([4_000]);
    expect(bench.sent).toHaveLength(1);
  });

  it('of workers that vanished are run alone, after everything else of the batch is out', async () => {
    const bench = new StageBench();
    await bench.action([decision(1)]);
    bench.ledger.only = {
      ...bench.ledger.only,
      state: 'CLAIMED',
      owner: 'gone',
      leaseUntil: epochMsOf(NOW),
      emits: [],
    };
    bench.producer.out.length = 0;
    const outAtSend: number[] = [];
    bench.answer = () => {
      outAtSend.push(bench.producer.out.length);
      return answers.done;
    };
    const { verdicts } = await bench.action([decision(1), decision(2), decision(3)]);
    expect(verdicts).toEqual(['done', 'done', 'done']);
    // Two side by side, then the one that may kill its worker, when their outcomes are out.
    expect(outAtSend).toEqual([0, 0, 2]);
    expect(bench.ledger.items.get(bench.ledger.calls.length === 0 ? '' : keyOf(bench))).toMatchObject({
      state: 'DONE',
      maybeSent: true,
    });
  });

  it('that killed their workers alone as often as the contract allows are given up, unsent', async () => {
    const bench = new StageBench();
    await bench.action([decision(1)]);
    bench.ledger.only = {
      ...bench.ledger.only,
      state: 'CLAIMED',
      owner: 'gone',
      leaseUntil: epochMsOf(NOW),
      alone: true,
      attempts: 4,
      firstAttempt: epochMsOf(NOW - 45_000),
      emits: [],
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['in-doubt']);
    expect(bench.sent).toHaveLength(1);
    expect(bench.ledger.only.attempts).toBe(5);
  });

  it.each([
    ['suppress', { kind: 'suppress', reason: 'below-threshold' } as const, 'suppressed(below-threshold)'],
    ['fail', { kind: 'fail', reason: 'schema', message: 'no' } as const, 'dead-lettered(schema)'],
  ])('taken over leave no doubt about frozen work that says "%s"', async (_, work, verdict) => {
    const bench = new StageBench();
    await bench.action([decision(1)]);
    bench.ledger.only = {
      ...bench.ledger.only,
      state: 'CLAIMED',
      owner: 'gone',
      leaseUntil: epochMsOf(NOW),
      work,
      emits: [],
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual([verdict]);
    expect(bench.ledger.only.maybeSent).toBe(false);
  });

  it('without an answer are sent again, and are ours where the first write got through', async () => {
    const bench = new StageBench();
    bench.ledger.fault = ({ transition }, count) =>
      transition.name === 'claim' && count === 0 ? 'lost' : undefined;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['done']);
    expect(written(bench)).toBe('claim claim complete');
  });

  it('without any answer leave the record to a later delivery', async () => {
    const bench = new StageBench();
    bench.ledger.fault = ({ transition }) => (transition.name === 'claim' ? 'down' : undefined);
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(store-unavailable)']);
    expect(bench.sent).toEqual([]);
  });

  it('are not begun where the time is short', async () => {
    const bench = new StageBench();
    const result = await bench.action([decision(1)], { deadline: epochMsOf(NOW + 1_700) });
    expect(result.verdicts).toEqual(['retry(no-time-left)']);
    expect([...bench.ledger.items]).toEqual([]);
  });

  it('that are lost while they run drop their own result and emit the stored one', async () => {
    const bench = new StageBench();
    let stolen = false;
    bench.answer = () => {
      bench.ledger.only = { ...bench.ledger.only, owner: 'thief' };
      stolen = true;
      return answers.done;
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(in-flight)']);
    expect(stolen).toBe(true);
    expect(bench.producer.out).toEqual([]);
  });
});

describe('freezing', () => {
  it('is tried once more; completed without an answer, it is what is stored that is emitted', async () => {
    const bench = new StageBench();
    let completes = 0;
    bench.ledger.fault = ({ transition }) => {
      if (transition.name !== 'complete') return undefined;
      completes += 1;
      return completes === 1 ? 'lost' : undefined;
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['done']);
    expect(written(bench)).toBe('claim complete complete');
    expect(bench.producer.out).toHaveLength(1);
  });

  it('comes before the emission: what is not frozen is not emitted', async () => {
    const bench = new StageBench();
    bench.ledger.fault = ({ transition }) => (transition.name === 'complete' ? 'down' : undefined);
    expect(await bench.action([decision(1)])).toEqual({
      verdicts: ['retry(store-unavailable)'],
      unfinished: [1],
    });
    expect(bench.producer.out).toEqual([]);
    expect(bench.ledger.only.state).toBe('CLAIMED');
  });

  it('outlives an emission that fails: the next delivery emits what is stored', async () => {
    const bench = new StageBench();
    bench.producer.answer = () => ({ kind: 'failed', cause: new Error('no leader') });
    expect(await bench.action([decision(1)])).toEqual({ verdicts: ['retry(not-produced)'], unfinished: [1] });
    bench.producer.answer = () => undefined;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['done']);
    expect(bench.sent).toHaveLength(1);
    expect(bench.producer.out).toHaveLength(1);
  });
});

describe('a redrive', () => {
  const failedBench = async (): Promise<StageBench> => {
    const bench = new StageBench();
    bench.answer = () => answers.refused;
    await bench.action([decision(1)]);
    bench.answer = () => answers.done;
    return bench;
  };

  it('reopens FAILED(n) with number n + 1 and sends the frozen request', async () => {
    const bench = await failedBench();
    bench.request = () => ({ bell: 'redeployed' });
    expect((await bench.action([decision(1)], { redrive: { number: 1 } })).verdicts).toEqual(['done']);
    expect(bench.sent.map(({ request }) => request)).toEqual([
      { bell: { warn: true } },
      { bell: { warn: true } },
    ]);
    expect(bench.producer.out.at(-1)).toMatchObject({ topic: topics.outcomes });
    expect(bench.ledger.only).toMatchObject({ state: 'DONE', revision: 2, redrive: 1 });
    expect(bench.report).toMatchObject({ freshness: [], bad: 0 });
  });

  it('asks the code of today where no request was ever frozen', async () => {
    const bench = new StageBench();
    bench.request = () => {
      throw new Error('a bug');
    };
    await bench.action([decision(1)]);
    bench.request = () => ({ bell: 'mended' });
    expect((await bench.action([decision(1)], { redrive: { number: 1 } })).verdicts).toEqual(['done']);
    expect(bench.sent.map(({ request }) => request)).toEqual([{ bell: 'mended' }]);
  });

  it.each([0, 2, 7])('with number %i answers with what is stored', async (number) => {
    const bench = await failedBench();
    expect((await bench.action([decision(1)], { redrive: { number } })).verdicts).toEqual([
      'dead-lettered(refused)',
    ]);
    expect(bench.sent).toHaveLength(1);
  });

  it('of what is done sends nothing', async () => {
    const bench = new StageBench();
    await bench.action([decision(1)]);
    expect((await bench.action([decision(1)], { redrive: { number: 1 } })).verdicts).toEqual(['done']);
    expect(bench.sent).toHaveLength(1);
  });

  it('past the deadline is put back as it was, and acts only where the operator says so', async () => {
    const bench = await failedBench();
    const before = bench.ledger.only;
    const record = decision(1);
    bench.clock.advance(120_000);
    expect((await bench.action([record], { redrive: { number: 1 } })).verdicts).toEqual([
      'dead-lettered(refused)',
    ]);
    const { firstAttempt: _, attempts: __, ...rest } = before;
    expect(bench.ledger.only).toMatchObject(rest);
    expect(bench.sent).toHaveLength(1);
    expect((await bench.action([record], { redrive: { number: 1, pastDeadline: true } })).verdicts).toEqual([
      'done',
    ]);
    expect(bench.sent).toHaveLength(2);
  });

  it('fails again under the next number', async () => {
    const bench = await failedBench();
    bench.answer = () => answers.refused;
    await bench.action([decision(1)], { redrive: { number: 1 } });
    expect(bench.ledger.only).toMatchObject({ state: 'FAILED', redrive: 1, revision: 2 });
    expect(bench.producer.out.map((letter) => headerOf(letter, 'freshet.redrive'))).toEqual(['0', '1']);
  });

  it('never waits: whoever redrives asks again by itself', async () => {
    const bench = await failedBench();
    bench.answer = () => answers['not-done'];
    expect((await bench.action([decision(1)], { redrive: { number: 1 } })).verdicts).toEqual([
      'retry(transient)',
    ]);
    expect(bench.clock.waits).toEqual([]);
  });

  it.each(['absent', 'released'])(
    'of a letter of the mapping acts past the deadline too, where its claim is %s',
    async (claim) => {
      const bench = new StageBench();
      const record = decision(1);
      if (claim === 'released') {
        bench.answer = () => answers['not-done'];
        await bench.action([record]);
        bench.answer = () => answers.done;
      }
      bench.clock.advance(120_000);
      const told = await bench.action([record], { redrive: { number: 1, pastDeadline: true } });
      expect(told.verdicts).toEqual(['done']);
      expect(bench.report.freshness).toEqual([]);
    },
  );
});

const keyOf = (bench: StageBench): string =>
  [...bench.ledger.items.values()].find(({ alone, maybeSent }) => alone || maybeSent)?.key ?? '';
