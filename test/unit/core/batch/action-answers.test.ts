import { describe, expect, it } from 'vitest';
import { TransientError } from '../../../../lib/core/errors.ts';
import { days, epochMsOf } from '../../../../lib/core/units.ts';
import { actionBench, answers, atMostOnceBench } from '../../../support/action-bench.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { decision, NOW, topics } from '../../../support/stage-records.ts';

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
    const bench = atMostOnceBench();
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
      return (await bench.action([decision(1, { expiry: epochMsOf(NOW + days(1).ms) })])).verdicts[0];
    };
    for (const at of [0, 2_000, 4_000, 6_000, 8_000]) expect(await verdictAt(at)).toBe('retry(transient)');
    expect(bench.ledger.only.attempts).toBe(5);
    expect(await verdictAt(45_000)).toBe('dead-lettered(gave-up)');

    const slow = new StageBench();
    slow.answer = () => answers['not-done'];
    slow.clock.advance(0);
    await slow.action([decision(1, { expiry: epochMsOf(NOW + days(1).ms) })]);
    slow.clock.advance(50_000);
    expect((await slow.action([decision(1, { expiry: epochMsOf(NOW + days(1).ms) })])).verdicts).toEqual([
      'retry(transient)',
    ]);
  });

  it('sends a keyed request again until the deadline and giveUp.after have passed, and then says in-doubt', async () => {
    const bench = actionBench({ giveUp: { afterMs: 45_000, attempts: 100 } });
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
