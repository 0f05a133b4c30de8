import { describe, expect, it } from 'vitest';
import { broken, featuresBench, letters, painted, rowOf, standing } from '../../../support/features-bench.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { headerOf, reading, topics } from '../../../support/stage-records.ts';
import { tinyContract } from '../../../support/tiny-contract.ts';

describe('a redrive', () => {
  const mended = reading(1);

  it('is admitted through its hole alone, and closes it', async () => {
    const bench = new StageBench();
    await bench.features([broken(1), reading(2)]);
    const redrive = { number: 1, topicId: `id-of-${topics.source}` };
    expect((await bench.features([mended], { redrive })).verdicts).toEqual(['done']);
    expect(standing(bench)).toEqual([2, 2, []]);
    expect((await bench.features([mended], { redrive })).verdicts).toEqual(['fenced']);
    expect(bench.telemetry.reports.slice(1).map(({ freshness, bad }) => [freshness.length, bad])).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it('fails again under the next number, through the same hole', async () => {
    const bench = new StageBench();
    await bench.features([broken(1), reading(2)]);
    const topicId = `id-of-${topics.source}`;
    expect((await bench.features([broken(1)], { redrive: { number: 1, topicId } })).verdicts).toEqual([
      'dead-lettered(schema)',
    ]);
    expect(letters(bench).map((letter) => headerOf(letter, 'freshet.redrive'))).toEqual(['0', '1']);
    expect(rowOf(bench)?.holes).toMatchObject([{ offset: 1, redrive: 1 }]);
    expect((await bench.features([mended], { redrive: { number: 1, topicId } })).verdicts).toEqual([
      'fenced',
    ]);
    expect((await bench.features([mended], { redrive: { number: 2, topicId } })).verdicts).toEqual(['done']);
  });

  it('of the topic that stood there before goes through no hole of this one', async () => {
    const bench = new StageBench();
    await bench.features([broken(1), reading(2)]);
    const { verdicts } = await bench.features([mended], { redrive: { number: 1, topicId: 'another' } });
    expect(verdicts).toEqual(['retry(in-flight)']);
  });

  it('of a hole that was evicted is fenced', async () => {
    const bench = featuresBench({ holes: 1 });
    await bench.features([broken(1), broken(2)]);
    expect(standing(bench)).toEqual([2, 0, [2]]);
    const redrive = { number: 1, topicId: `id-of-${topics.source}` };
    expect((await bench.features([mended], { redrive })).verdicts).toEqual(['fenced']);
  });

  it('finds no hole where the contract wants none', async () => {
    const bench = featuresBench({ holes: 0 });
    await bench.features([broken(1)]);
    expect(standing(bench)).toEqual([1, 0, []]);
  });

  it('of a type that the contract ignores by now closes its hole', async () => {
    const strict = tinyContract().source;
    const bench = new StageBench({ source: { ...strict, unknown: 'dead-letter' } });
    expect((await bench.features([painted(1)])).verdicts).toEqual(['dead-lettered(unknown-type)']);
    const lenient = new StageBench();
    lenient.rows.rows.set('a', bench.rows.rows.get('a') ?? { body: '', digest: '' });
    const redrive = { number: 1, topicId: `id-of-${topics.source}` };
    expect((await lenient.features([painted(1)], { redrive })).verdicts).toEqual(['ignored(painted)']);
    expect(standing(lenient)).toEqual([1, 0, []]);
  });
});
