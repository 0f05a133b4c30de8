import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../../lib/core/record.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { moved, painted, rowOf, standing, vectors } from '../../../support/features-bench.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { bodyOf, headerOf, NOW, reading } from '../../../support/stage-records.ts';

describe('a batch of events', () => {
  it('is folded in order, entity by entity, and emitted with what each vector was made from', async () => {
    const bench = new StageBench();
    const result = await bench.features([reading(1), reading(2, { sensor: 'b' }), reading(3)]);
    expect(result).toEqual({ verdicts: ['done', 'done', 'done'], unfinished: [] });
    expect(vectors(bench).map((vector) => [headerOf(vector, 'ce_sequence'), bodyOf(vector)])).toEqual([
      ['1', { mean: 1 }],
      ['2', { mean: 2 }],
      ['1', { mean: 1 }],
    ]);
    expect([standing(bench), standing(bench, 'b')]).toEqual([
      [3, 2, []],
      [2, 1, []],
    ]);
    expect(bench.report.freshness.map(({ totalMs, good }) => [totalMs, good])).toEqual([
      [150, true],
      [150, true],
      [150, true],
    ]);
    expect(bench.report.emitted).toBe(3);
  });

  it('is measured until its outputs are acknowledged, segment by segment', async () => {
    const bench = new StageBench();
    bench.producer.answer = () => {
      bench.clock.advance(30);
      return undefined;
    };
    bench.rows.before = () => bench.clock.advance(500);
    await bench.features([reading(1)], { receivedAt: epochMsOf(NOW - 20) });
    expect(bench.report.freshness).toEqual([
      {
        totalMs: 180,
        segmentsMs: { append: 50, receive: 80, process: 20, external: 0, emit: 30 },
        good: true,
      },
    ]);
  });

  it('that comes again is fenced, and changes and emits nothing', async () => {
    const bench = new StageBench();
    await bench.features([reading(1), reading(2)]);
    const row = bench.rows.rows.get('a');
    expect((await bench.features([reading(1), reading(2)])).verdicts).toEqual(['fenced', 'fenced']);
    expect(bench.rows.rows.get('a')).toEqual(row);
    expect(vectors(bench)).toHaveLength(2);
    expect(bench.report.freshness).toEqual([]);
  });

  it('gives the same rows however it is cut', async () => {
    const records = Array.from({ length: 12 }, (_, offset) => reading(offset, { value: offset % 5 }));
    const whole = new StageBench();
    await whole.features(records);
    const cut = new StageBench();
    for (const record of records) await cut.features([record]);
    expect(cut.rows.rows).toEqual(whole.rows.rows);
    const bytesAndIds = (bench: StageBench) =>
      vectors(bench).map((vector) => [
        headerOf(vector, 'ce_id'),
        headerOf(vector, 'ce_rowdigest'),
        bodyOf(vector),
      ]);
    expect(bytesAndIds(cut)).toEqual(bytesAndIds(whole));
  });

  it('may have events that change state alone, and types that are of no interest', async () => {
    const bench = new StageBench();
    const unread = { ...painted(2), value: bytesOf('-') };
    expect((await bench.features([moved(1), unread])).verdicts).toEqual(['state-only', 'ignored(painted)']);
    expect(standing(bench)).toEqual([1, 1, []]);
  });

  it('folds a producer’s duplicate once, though its offset is new', async () => {
    const bench = new StageBench();
    expect((await bench.features([reading(1), reading(2, { id: 'e1' })])).verdicts).toEqual([
      'done',
      'fenced',
    ]);
    expect((await bench.features([reading(3, { id: 'e1' })])).verdicts).toEqual(['fenced']);
    expect(standing(bench)).toEqual([3, 1, []]);
  });

  it('takes another payload under a known identity for a conflict, with a hole', async () => {
    const bench = new StageBench();
    const { verdicts } = await bench.features([reading(1), reading(2, { id: 'e1', value: 9 }), reading(3)]);
    expect(verdicts).toEqual(['done', 'dead-lettered(identity-conflict)', 'done']);
    expect(standing(bench)).toEqual([3, 2, [2]]);
    expect(bench.report.bad).toBe(1);
  });
});

describe('several vectors of one event', () => {
  it('have identities of their own, and are out together or not at all', async () => {
    const bench = new StageBench();
    bench.on = { ...bench.on, read: { fold: (state) => state, emit: () => [{ mean: 1 }, { mean: 2 }] } };
    let isDown = true;
    bench.producer.answer = (record) =>
      isDown && (bodyOf(record) as { readonly mean: number }).mean === 2
        ? { kind: 'failed', cause: new Error('no leader') }
        : undefined;
    expect((await bench.features([reading(1)])).verdicts).toEqual(['retry(not-produced)']);
    isDown = false;
    expect((await bench.features([reading(1)])).verdicts).toEqual(['done']);
    const ids = vectors(bench).map((vector) => headerOf(vector, 'ce_id'));
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(2);
  });

  it('may be none', async () => {
    const bench = new StageBench();
    bench.on = { ...bench.on, read: { fold: (state) => state, emit: () => [] } };
    expect((await bench.features([reading(1)])).verdicts).toEqual(['state-only']);
  });
});

describe('a function that is not pure', () => {
  it('and changes its state in place changes no other entity, and nothing that is refused', async () => {
    const bench = new StageBench();
    let calls = 0;
    bench.on = {
      ...bench.on,
      read: {
        fold: (state) => {
          const own = state as { count: number };
          own.count += 1;
          calls += 1;
          if (calls === 2) throw new Error('after the change');
          return own;
        },
        emit: ({ state }) => {
          const own = state as { count: number };
          own.count += 100;
          return { mean: own.count };
        },
      },
    };
    const { verdicts } = await bench.features([reading(1), reading(2), reading(3, { sensor: 'b' })]);
    expect(verdicts).toEqual(['done', 'dead-lettered(function-threw)', 'done']);
    expect([rowOf(bench)?.state, rowOf(bench, 'b')?.state]).toEqual(['{"count":1}', '{"count":1}']);
  });
});
