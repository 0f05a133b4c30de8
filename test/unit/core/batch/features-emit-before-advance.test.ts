import { describe, expect, it } from 'vitest';
import { standing, vectors } from '../../../support/features-bench.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { arriving, headerOf, reading } from '../../../support/stage-records.ts';

describe('emit before advance', () => {
  it('leaves the row where an output is not in the log, and everything of the entity after it', async () => {
    const bench = new StageBench();
    bench.producer.answer = (record) =>
      headerOf(record, 'ce_sequence') === '2' ? { kind: 'failed', cause: new Error('no leader') } : undefined;
    const batch = [reading(1), reading(2), reading(3), reading(4, { sensor: 'b' })];
    expect(await bench.features(batch)).toEqual({
      verdicts: ['done', 'retry(not-produced)', 'retry(behind-unsettled)', 'done'],
      unfinished: [2, 3, 4],
    });
    expect(standing(bench)).toEqual([1, 1, []]);
    bench.producer.answer = () => undefined;
    expect((await bench.features(batch.slice(1))).verdicts).toEqual(['done', 'done', 'fenced']);
    expect(standing(bench)).toEqual([3, 3, []]);
  });

  it('makes the same outputs again where the row could not be written', async () => {
    const bench = new StageBench();
    bench.rows.fault = () => 'down';
    expect((await bench.features([reading(1)])).verdicts).toEqual(['retry(store-unavailable)']);
    bench.rows.fault = () => undefined;
    expect((await bench.features([reading(1)])).verdicts).toEqual(['done']);
    const [first, second] = vectors(bench);
    expect(first && [headerOf(first, 'ce_id'), first.value]).toEqual(
      second && [headerOf(second, 'ce_id'), second.value],
    );
  });

  it('looks up a row whose write had no answer', async () => {
    const bench = new StageBench();
    bench.rows.fault = () => 'lost';
    expect((await bench.features([reading(1)])).verdicts).toEqual(['done']);
  });

  it('reads and folds again where another worker was faster', async () => {
    const bench = new StageBench();
    const other = new StageBench();
    await other.features([reading(1)]);
    let isFirst = true;
    bench.rows.before = ({ entity }) => {
      const theirs = other.rows.rows.get(entity);
      if (isFirst && theirs) bench.rows.rows.set(entity, theirs);
      isFirst = false;
    };
    expect((await bench.features([reading(1), reading(2)])).verdicts).toEqual(['fenced', 'done']);
    expect(standing(bench)).toEqual([2, 2, []]);
  });

  it('gives a row up for now that others change all the time', async () => {
    const bench = new StageBench();
    let theirs = 100;
    bench.rows.before = ({ entity }) => {
      theirs += 1;
      bench.rows.rows.set(entity, {
        body: `{"fence":[],"foldVersion":1,"holes":[],"recentIds":[],"state":{"count":0},"version":${theirs}}`,
        digest: String(theirs),
      });
    };
    expect((await bench.features([reading(1)])).verdicts).toEqual(['retry(store-unavailable)']);
  });

  it('waits for a row that cannot be read, and for nobody else’s', async () => {
    const bench = new StageBench();
    bench.rows.readFault = () => true;
    expect((await bench.features([reading(1), arriving(2, { key: null })])).verdicts).toEqual([
      'retry(store-unavailable)',
      'ignored(tombstone)',
    ]);
    expect(bench.clock.waits).toEqual([1_000]);
  });
});
