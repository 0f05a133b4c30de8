import { describe, expect, it } from 'vitest';
import { event, wrongEvent } from '../../../lib/testing/event.ts';
import { given } from '../../../lib/testing/given.ts';
import { baseline } from '../baseline.ts';
import { features } from '../features.ts';
import { rate } from '../row.ts';
import { names, observed, one, other } from './sample.ts';

const seen = (entity: typeof one | typeof other, value: number) => event('observed', observed(entity, value));

// `given` delivers everything again, in other batches and with workers that crash: what makes a difference fails the test.
describe('features', () => {
  it('compare a value with the past of its entity, not with itself', async () => {
    const { vectors, verdicts } = await given(features).events(seen(one, 3), seen(one, 4), seen(one, 20));
    const afterOne = baseline.mean + rate * (3 - baseline.mean);
    expect(verdicts).toEqual(['done', 'done', 'done']);
    expect(vectors).toMatchObject([
      { entity: names[0], value: 3, usual: baseline.mean, spread: Math.sqrt(baseline.deviation ** 2) },
      { value: 4, usual: afterOne },
      { value: 20, usual: afterOne + rate * (4 - afterOne) },
    ]);
  });

  it('keep entities apart', async () => {
    const { vectors, rows } = await given(features).events(seen(one, 20), seen(other, 3));
    expect(Object.keys(rows).toSorted()).toEqual(names.toSorted());
    expect(vectors[1]).toMatchObject({ entity: names[1], usual: baseline.mean });
  });

  it('take no event that is not of the contract', async () => {
    const { letters } = await given(features).events(wrongEvent('observed', {}));
    expect(letters).toMatchObject([{ stage: 'features', reason: 'schema' }]);
  });
});
