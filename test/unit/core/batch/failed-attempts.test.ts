import { describe, expect, it } from 'vitest';
import { TransientError } from '../../../../lib/core/errors.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { decision, vector } from '../../../support/stage-records.ts';

const warnings = ({ telemetry }: StageBench): readonly object[] =>
  telemetry.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields);

/** A line of this file. */
const here = /^test\/unit\/core\/batch\/failed-attempts\.test\.ts:\d+:\d+$/;

describe('attempts that fail', () => {
  it('of a model are counted by their class or code, in one warning for each', async () => {
    const bench = new StageBench();
    bench.infer = () => {
      if (bench.asked.length < 3) throw new TypeError('x is not y');
      if (bench.asked.length === 3) throw new TransientError('MODEL_UNAVAILABLE', { message: 'busy' });
      return { answer: { score: 1 } };
    };
    await bench.inference([vector(1), vector(2), vector(3), vector(4)]);
    expect(warnings(bench)).toEqual([
      {
        requestId: 'invocation-1',
        outcome: 'not-done',
        code: 'TypeError',
        count: 2,
        at: expect.stringMatching(here) as string,
      },
      {
        requestId: 'invocation-1',
        outcome: 'not-done',
        code: 'MODEL_UNAVAILABLE',
        count: 1,
        at: expect.stringMatching(here) as string,
      },
    ]);
  });

  it('of an effect are counted by what is known of them', async () => {
    const bench = new StageBench();
    bench.answer = () => {
      switch (bench.sent.length) {
        case 1:
          return { kind: 'unknown', detail: 'HTTP 503', code: 'HTTP_503', retryAfterMs: undefined };
        case 2:
          return { kind: 'not-done', detail: 'no line', retryAfterMs: undefined };
        case 3:
          throw new TypeError('no transport', {
            cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
          });
        default:
          return { kind: 'done', evidence: '201' };
      }
    };
    await bench.action([1, 2, 3, 4].map((offset) => decision(offset)));
    expect(warnings(bench)).toMatchObject([
      { outcome: 'unknown', code: 'HTTP_503', count: 1 },
      { outcome: 'not-done', code: 'no code', count: 1 },
      { outcome: 'unknown', code: 'ECONNREFUSED', count: 1 },
    ]);
  });

  it('are none where all was done, refused for good, or not run', async () => {
    const bench = new StageBench();
    bench.answer = () =>
      bench.sent.length === 1 ? { kind: 'done', evidence: '201' } : { kind: 'refused', detail: '400' };
    await bench.action([decision(1), decision(2)]);
    bench.operations.pausedStages.add('action');
    await bench.action([decision(3)]);
    expect(warnings(bench)).toEqual([]);
  });
});
