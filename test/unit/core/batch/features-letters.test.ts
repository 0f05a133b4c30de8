import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../../lib/core/record.ts';
import { broken, letters, rowOf, standing } from '../../../support/features-bench.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { arriving, headerOf, reading, topics } from '../../../support/stage-records.ts';

describe('a letter', () => {
  it('leaves a hole in the row of its key, made if needed', async () => {
    const bench = new StageBench();
    expect((await bench.features([broken(1, 'c')])).verdicts).toEqual(['dead-lettered(schema)']);
    expect(standing(bench, 'c')).toEqual([1, 0, [1]]);
    expect(letters(bench).map((letter) => headerOf(letter, 'freshet.reason'))).toEqual(['schema']);
    expect((await bench.features([broken(1, 'c')])).verdicts).toEqual(['fenced']);
    expect(letters(bench)).toHaveLength(1);
  });

  it('that cannot be written holds back what is behind it', async () => {
    const bench = new StageBench();
    bench.producer.answer = ({ topic }) =>
      topic === topics.sourceLetters ? { kind: 'failed', cause: new Error('no leader') } : undefined;
    expect(await bench.features([broken(1), reading(2)])).toEqual({
      verdicts: ['retry(not-produced)', 'retry(behind-unsettled)'],
      unfinished: [1, 2],
    });
    expect(standing(bench)).toBe(undefined);
    expect(bench.report.bad).toBe(0);
  });

  it('goes without its value where the broker refuses it for its size', async () => {
    const bench = new StageBench();
    bench.producer.answer = ({ topic, value }) =>
      topic === topics.sourceLetters && value !== null
        ? { kind: 'too-large', sizeBytes: 9, limitBytes: 8 }
        : undefined;
    const loose = arriving(2, { key: null, value: bytesOf('{'), headers: reading(0).headers });
    expect((await bench.features([broken(1), loose])).verdicts).toEqual([
      'dead-lettered(schema)',
      'dead-lettered(not-json)',
    ]);
    expect(letters(bench).every((letter) => headerOf(letter, 'freshet.truncated') !== undefined)).toBe(true);
    expect(bench.report).toMatchObject({ bad: 2, lost: 2 });
  });

  it('of a record without a key has no fence', async () => {
    const bench = new StageBench();
    const record = { ...reading(1), key: null };
    for (let delivery = 0; delivery < 2; delivery += 1)
      expect((await bench.features([record])).verdicts).toEqual(['dead-lettered(key-missing)']);
    expect(letters(bench)).toHaveLength(2);
    expect(new Set(letters(bench).map((letter) => headerOf(letter, 'freshet.letter.id'))).size).toBe(1);
    expect(bench.rows.rows.size).toBe(0);
  });

  it.each<readonly [string, string, StageBench['on'][string]]>([
    [
      'throws',
      'function-threw',
      {
        fold: () => {
          throw new Error('a bug');
        },
      },
    ],
    ['returns another state', 'output-mismatch', { fold: () => ({ count: 'many' }) }],
    [
      'returns a state that JSON cannot hold',
      'function-threw',
      { fold: () => ({ count: 1, mean: Number.NaN }) },
    ],
    ['emits another vector', 'output-mismatch', { fold: (state) => state, emit: () => ({ mean: null }) }],
    [
      'emits what JSON cannot hold',
      'function-threw',
      { fold: (state) => state, emit: () => ({ mean: 1, at: new Date() }) },
    ],
    [
      'emits too much',
      'oversize',
      { fold: (state) => state, emit: () => ({ mean: 1, note: 'ä'.repeat(490_000) }) },
    ],
    ['grows its row beyond the limit', 'oversize', { fold: () => ({ count: 1, note: 'x'.repeat(360_000) }) }],
  ])('comes of a function that %s (%s), which folds nothing', async (_, reason, handler) => {
    const bench = new StageBench();
    bench.on = { ...bench.on, moved: bench.on['read'] ?? handler, read: handler };
    const good = reading(2, {
      headers: reading(2).headers.map((header) =>
        header.name === 'ce_type' ? { name: 'ce_type', value: bytesOf('moved') } : header,
      ),
    });
    expect((await bench.features([reading(1), good])).verdicts).toEqual([`dead-lettered(${reason})`, 'done']);
    expect(standing(bench)).toEqual([2, 1, [1]]);
    expect(rowOf(bench)?.state).toBe('{"count":1}');
  });

  it('comes of vectors that the broker refuses for their size, and the rest is folded without them', async () => {
    const bench = new StageBench();
    bench.producer.answer = (record) =>
      record.topic === topics.vectors && headerOf(record, 'ce_causationid') === '/plant#e1'
        ? { kind: 'too-large', sizeBytes: 9, limitBytes: 8 }
        : undefined;
    expect((await bench.features([reading(1), reading(2)])).verdicts).toEqual([
      'dead-lettered(oversize)',
      'done',
    ]);
    expect(standing(bench)).toEqual([2, 1, [1]]);
  });
});
