import { describe, expect, it } from 'vitest';
import {
  maxPromptLength,
  maxTraceEntries,
  maxTraceTextLength,
} from '../../../../lib/core/batch/provenance.ts';
import { digestOf } from '../../../../lib/core/digest.ts';
import { PermanentRecordError, TransientError } from '../../../../lib/core/errors.ts';
import type { OutputRecord } from '../../../../lib/core/record.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import type { ModelAnswer } from '../../../../lib/core/stages/inference.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { bodyOf, headerOf, NOW, topics, vector } from '../../../support/stage-records.ts';
import { tinyContract } from '../../../support/tiny-contract.ts';

const decisions = ({ producer }: StageBench): readonly OutputRecord[] =>
  producer.out.filter(({ topic }) => topic === topics.decisions);

const telling = (made: OutputRecord, ...names: readonly string[]): readonly (string | undefined)[] =>
  names.map((name) => headerOf(made, `ce_${name}`));

const withValues = (): StageBench =>
  new StageBench({ inference: { ...tinyContract().inference, snapshot: 'values' } });

const afterMs = async (bench: StageBench, ms: number): Promise<ModelAnswer<object>> => {
  await bench.clock.timer(ms).elapsed;
  return { answer: { score: 1 } };
};

describe('a decision', () => {
  it('is made once, and carries who made it from what', async () => {
    const bench = new StageBench();
    bench.infer = () => ({
      answer: { score: 1 },
      usage: { inputTokens: 7, outputTokens: 3, costUsd: 0.5, responseModel: 'rule-2026' },
    });
    expect(await bench.inference([vector(1, { flags: ['climate:stale'] })])).toEqual({
      verdicts: ['done'],
      unfinished: [],
    });
    const [made] = decisions(bench);
    expect(made && bodyOf(made)).toEqual({ warn: true });
    expect(
      made &&
        [
          'modelid',
          'modelversion',
          'modeldigest',
          'responsemodel',
          'inputtokens',
          'outputtokens',
          'costusd',
          'flags',
        ].map((name) => headerOf(made, `ce_${name}`)),
    ).toEqual(['rule', '1', 'd', 'rule-2026', '7', '3', '0.5', 'climate:stale']);
    expect(made && headerOf(made, 'ce_vectordigest')).toMatch(/^[\da-f]{64}$/);
    expect(bench.ledger.calls).toEqual([['claim'], ['complete']]);
  });

  it('refers to the vector it was made from, and to the row behind it', async () => {
    const bench = new StageBench();
    await bench.inference([
      vector(1, { body: { mean: 4 }, extensions: { rowversion: 7, rowdigest: 'abc' } }),
      vector(2),
    ]);
    expect(decisions(bench).map((made) => telling(made, 'vectordigest', 'rowversion', 'rowdigest'))).toEqual([
      [digestOf('{"mean":4}'), '7', 'abc'],
      [digestOf('{"mean":1}'), undefined, undefined],
    ]);
    expect(decisions(bench).map((made) => telling(made, 'vector'))).toEqual([[undefined], [undefined]]);
  });

  it('keeps the values of the vector where the contract says so, which its digest is of', async () => {
    const bench = withValues();
    await bench.inference([vector(1, { body: { mean: 4, city: 'Köln' } })]);
    const [text, digest] = decisions(bench).flatMap((made) => telling(made, 'vector', 'vectordigest'));
    expect(text).toBe('{"city":"Köln","mean":4}');
    expect(digest).toBe(digestOf(text ?? ''));
  });

  it.each([
    ['reference', 'done'],
    ['values', 'dead-lettered(oversize)'],
  ] as const)('with snapshot "%s" of a vector near the limit of its topic: %s', async (snapshot, verdict) => {
    const bench = snapshot === 'values' ? withValues() : new StageBench();
    const body = { mean: 4, note: 'x'.repeat(bench.contract.decisions.maxRecordBytes - 500) };
    expect((await bench.inference([vector(1, { body })])).verdicts).toEqual([verdict]);
  });

  it('tells the request, how sure the model is, and how the answer came about', async () => {
    const bench = new StageBench();
    const trace = {
      prompt: 'Warn?',
      retrieval: ['doc-1', 'doc-2'],
      guardrail: 'passed',
      toolCalls: ['clock()'],
    };
    bench.infer = () => ({ answer: { score: 1 }, usage: { requestId: 'req-9', confidence: 0.75, trace } });
    await bench.inference([vector(1)]);
    const [made] = decisions(bench);
    expect(
      made && telling(made, 'requestid', 'confidence', 'prompt', 'retrieval', 'guardrail', 'toolcalls'),
    ).toEqual(['req-9', '0.75', 'Warn?', '["doc-1","doc-2"]', 'passed', '["clock()"]']);
  });

  it('cuts what a model tells too much of, and says so', async () => {
    const bench = new StageBench();
    const long = 'x'.repeat(20_000);
    const trace = {
      prompt: `${'x'.repeat(maxPromptLength - 1)}😀`,
      retrieval: Array.from({ length: maxTraceEntries + 3 }, () => long),
      guardrail: 'y'.repeat(maxTraceTextLength),
      toolCalls: Array.from({ length: maxTraceEntries }, () => 'z'),
    };
    bench.infer = () => ({ answer: { score: 1 }, usage: { requestId: long, trace } });
    expect((await bench.inference([vector(1)])).verdicts).toEqual(['done']);
    const [made] = decisions(bench);
    const cut = `${'x'.repeat(maxTraceTextLength)}…[cut, 20000 characters]`;
    expect(made && telling(made, 'requestid', 'prompt', 'guardrail')).toEqual([
      cut,
      `${'x'.repeat(maxPromptLength - 1)}…[cut, ${maxPromptLength + 1} characters]`,
      'y'.repeat(maxTraceTextLength),
    ]);
    const lists = made ? telling(made, 'retrieval', 'toolcalls') : [];
    expect(lists.map((list) => JSON.parse(list ?? '') as unknown)).toEqual([
      [...Array.from({ length: maxTraceEntries }, () => cut), '…[cut, 3 more]'],
      trace.toolCalls,
    ]);
  });

  it('is a dead letter, alone, where the model tells its usage in another shape', async () => {
    const bench = new StageBench();
    bench.infer = () =>
      bench.asked.length === 1
        ? { answer: { score: 1 }, usage: { trace: { retrieval: 7 as unknown as readonly string[] } } }
        : { answer: { score: 1 } };
    expect((await bench.inference([vector(1), vector(2)])).verdicts).toEqual([
      'dead-lettered(output-mismatch)',
      'done',
    ]);
  });

  it('is emitted again as it was, by a model that would answer differently by now', async () => {
    const bench = new StageBench();
    let made = 0;
    bench.decide = () => ({ warn: (made += 1) % 2 === 1 });
    bench.producer.answer = () => ({ kind: 'failed', cause: new Error('no leader') });
    expect((await bench.inference([vector(1)])).verdicts).toEqual(['retry(not-produced)']);
    bench.producer.answer = () => undefined;
    bench.clock.advance(86_400_000);
    for (let delivery = 0; delivery < 3; delivery += 1)
      expect((await bench.inference([vector(1)])).verdicts).toEqual(['done']);
    expect(bench.asked).toHaveLength(1);
    expect(decisions(bench).map(bodyOf)).toEqual([{ warn: true }, { warn: true }, { warn: true }]);
    expect(decisions(bench)).toEqual([decisions(bench)[0], decisions(bench)[0], decisions(bench)[0]]);
  });

  it('of several keys is made side by side, each frozen with its own answer', async () => {
    const bench = new StageBench();
    let running = 0;
    let most = 0;
    bench.infer = async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      return { answer: { score: 1 } };
    };
    expect(
      (await bench.inference([vector(1), vector(2), vector(3), vector(4, { id: 'e1' })])).verdicts,
    ).toEqual(['done', 'done', 'done', 'done']);
    expect(most).toBe(3);
    expect(bench.asked).toHaveLength(3);
  });

  it('made late is flagged, and still made', async () => {
    const bench = new StageBench();
    await bench.inference([vector(1, { expiry: epochMsOf(NOW - 1), flags: ['climate:missing'] })]);
    const [made] = decisions(bench);
    expect(made && headerOf(made, 'ce_flags')).toBe('climate:missing,late');
  });

  it('is not made where the contract suppresses what is late', async () => {
    const bench = new StageBench({ inference: { ...tinyContract().inference, late: 'suppress' } });
    expect((await bench.inference([vector(1, { expiry: epochMsOf(NOW - 1) })])).verdicts).toEqual([
      'suppressed(late)',
    ]);
    expect(bench.asked).toEqual([]);
    expect(decisions(bench)).toEqual([]);
    expect(bench.producer.out.map(({ topic }) => topic)).toEqual([topics.outcomes]);
  });
});

describe('a model', () => {
  it('that fails is asked again, as often and as long as the contract says', async () => {
    const bench = new StageBench();
    bench.infer = () => {
      throw new TransientError('MODEL_UNAVAILABLE', { message: '503', retryAfterMs: 4_000 });
    };
    expect((await bench.inference([vector(1)])).verdicts).toEqual(['retry(transient)']);
    expect(bench.clock.waits).toEqual([4_000]);
    expect(bench.ledger.only).toMatchObject({ state: 'RELEASED', attempts: 1, maybeSent: false });
    for (let again = 0; again < 3; again += 1) await bench.inference([vector(1)]);
    bench.clock.advance(60_000);
    expect((await bench.inference([vector(1)])).verdicts).toEqual(['dead-lettered(gave-up)']);
  });

  it('that refuses for good makes a letter at once', async () => {
    const bench = new StageBench();
    bench.infer = () => {
      throw new PermanentRecordError('USER_PERMANENT', { message: 'out of range' });
    };
    expect((await bench.inference([vector(1)])).verdicts).toEqual(['dead-lettered(refused)']);
  });

  it('that throws anything else is transient', async () => {
    const bench = new StageBench();
    bench.infer = () => Promise.reject(new TypeError('fetch failed'));
    expect((await bench.inference([vector(1)])).verdicts).toEqual(['retry(transient)']);
  });

  it('that answers with nothing is transient', async () => {
    const bench = new StageBench();
    bench.infer = () => undefined as unknown as ModelAnswer<object>;
    expect((await bench.inference([vector(1)])).verdicts).toEqual(['retry(transient)']);
  });

  it('that hangs is abandoned, told so, and its late answer counts for nothing', async () => {
    const bench = new StageBench();
    let signal: AbortSignal | undefined;
    let deadline: number | undefined;
    bench.infer = (_, call) => {
      ({ signal, deadline } = call);
      return afterMs(bench, 29_000);
    };
    expect((await bench.inference([vector(1)])).verdicts).toEqual(['retry(transient)']);
    expect(signal?.aborted).toBe(true);
    expect(deadline).toBe(NOW + 28_500);
    expect(bench.ledger.only).toMatchObject({ state: 'RELEASED', attempts: 1 });
    expect(decisions(bench)).toEqual([]);
  });

  it('that hangs for one key lets the others be decided', async () => {
    const bench = new StageBench();
    bench.infer = () => (bench.asked.length === 1 ? new Promise(() => {}) : { answer: { score: 1 } });
    expect((await bench.inference([vector(1), vector(2)])).verdicts).toEqual(['retry(transient)', 'done']);
  });

  it('is not asked where the time is short', async () => {
    const bench = new StageBench();
    const short = { deadline: epochMsOf(NOW + 1_700) };
    expect((await bench.inference([vector(1)], short)).verdicts).toEqual(['retry(no-time-left)']);
    expect(bench.asked).toEqual([]);
    expect(bench.ledger.calls).toEqual([]);
  });
});

describe('decide', () => {
  it.each<readonly [string, string, () => unknown]>([
    [
      'throws',
      'function-threw',
      () => {
        throw new Error('a bug');
      },
    ],
    ['returns another shape', 'output-mismatch', () => ({ warn: 'yes' })],
    ['returns nothing', 'output-mismatch', () => undefined],
    ['returns what JSON cannot hold', 'output-mismatch', () => ({ warn: true, score: Number.NaN })],
    ['returns a date', 'output-mismatch', () => ({ warn: true, at: new Date(0) })],
    ['returns too much', 'oversize', () => ({ warn: true, note: 'x'.repeat(990_000) })],
  ])('that %s is a dead letter (%s), alone', async (_, reason, decide) => {
    const bench = new StageBench();
    let calls = 0;
    bench.decide = () => ((calls += 1) === 1 ? decide() : { warn: false });
    expect((await bench.inference([vector(1), vector(2)])).verdicts).toEqual([
      `dead-lettered(${reason})`,
      'done',
    ]);
    expect(bench.ledger.items.size).toBe(2);
  });

  it('sees the model’s answer and the vector', async () => {
    const bench = new StageBench();
    const inputs: object[] = [];
    bench.decide = (input) => {
      inputs.push(input);
      return { warn: false };
    };
    await bench.inference([vector(1, { body: { mean: 4 } })]);
    expect(inputs).toEqual([{ score: 1, vector: { mean: 4 } }]);
  });
});

describe('freezing', () => {
  it('without an answer emits nothing, and the next owner decides for all', async () => {
    const bench = new StageBench();
    bench.ledger.fault = ({ transition }) => (transition.name === 'complete' ? 'down' : undefined);
    expect((await bench.inference([vector(1)])).verdicts).toEqual(['retry(store-unavailable)']);
    expect(decisions(bench)).toEqual([]);
    bench.ledger.fault = () => undefined;
    bench.clock.advance(60_000);
    expect((await bench.inference([vector(1)])).verdicts).toEqual(['done']);
    expect(bench.ledger.only.revision).toBe(1);
  });

  it('by somebody else drops our own decision and emits theirs', async () => {
    const bench = new StageBench();
    const theirs = new StageBench();
    theirs.decide = () => ({ warn: false });
    await theirs.inference([vector(1)]);
    bench.infer = () => {
      bench.ledger.only = theirs.ledger.only;
      return { answer: { score: 1 } };
    };
    expect((await bench.inference([vector(1)])).verdicts).toEqual(['done']);
    expect(decisions(bench).map(bodyOf)).toEqual([{ warn: false }]);
    expect(bench.report.freshness).toEqual([]);
  });
});

describe('a redeployed schema', () => {
  it('judges no finished work', async () => {
    const bench = new StageBench();
    await bench.inference([vector(1)]);
    bench.validators = { ...bench.validators, vector: () => [{ pointer: '/mean', message: 'is gone' }] };
    expect((await bench.inference([vector(1), vector(2)])).verdicts).toEqual([
      'done',
      'dead-lettered(schema)',
    ]);
  });

  it('that takes the record again is asked by a redrive', async () => {
    const bench = new StageBench();
    const { validators } = bench;
    bench.validators = { ...validators, vector: () => [{ pointer: '/mean', message: 'is gone' }] };
    await bench.inference([vector(1)]);
    bench.validators = validators;
    expect((await bench.inference([vector(1)])).verdicts).toEqual(['dead-lettered(schema)']);
    expect((await bench.inference([vector(1)], { redrive: { number: 1 } })).verdicts).toEqual(['done']);
  });
});
