import { describe, expect, it } from 'vitest';
import { event, wrongEvent } from '../../../lib/testing/event.ts';
import { given } from '../../../lib/testing/given.ts';
import { baseline } from '../../cold-store/baseline.ts';
import { names, observed, one, other } from '../../cold-store/test/sample.ts';
import { features } from '../features.ts';

const seen = (entity: typeof one | typeof other, value: number) => event('observed', observed(entity, value));

// `given` delivers everything again, in other batches and with workers that crash: what makes a difference fails the test.
describe('features', () => {
  it('compare a value with the baseline, whatever came before', async () => {
    const { vectors, verdicts, rows } = await given(features).events(
      seen(one, 20),
      seen(one, 3),
      seen(other, 3),
    );
    const { mean: usual, deviation: spread } = baseline;
    expect(verdicts).toEqual(['done', 'done', 'done']);
    expect(vectors).toMatchObject([
      { entity: names[0], value: 20, usual, spread },
      { entity: names[0], value: 3, usual, spread },
      { entity: names[1], value: 3, usual, spread },
    ]);
    expect(Object.values(rows)).toEqual([{}, {}]);
  });

  it('take no event that is not of the contract', async () => {
    const { letters } = await given(features).events(wrongEvent('observed', {}));
    expect(letters).toMatchObject([{ stage: 'features', reason: 'schema' }]);
  });
});
