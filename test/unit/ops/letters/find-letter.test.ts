import { describe, expect, it } from 'vitest';
import { deadLettersIn, topicIn } from '../../../../lib/core/contract/resolved.ts';
import { bytesOf } from '../../../../lib/core/record.ts';
import { findLetter } from '../../../../lib/ops/letters/find-letter.ts';
import { letterName } from '../../../../lib/ops/letters/letter.ts';
import { listLetters } from '../../../../lib/ops/letters/list-letters.ts';
import { metersStages } from '../../../support/meters-stages.ts';
import { openOpsBench } from '../../../support/ops-bench.ts';
import { breaking, ordersStages, placed } from '../../../support/orders-stages.ts';
import { headersOf } from '../../../support/stage-records.ts';

describe('letters of the player', () => {
  it('of different topics have different names, by which each is found', async () => {
    const bench = await openOpsBench(metersStages);
    const { source, context } = metersStages.features.contract;
    const sources = [source, ...Object.values(context).map((of) => of.source)];
    for (const of of sources)
      for (const key of 'abcdefgh')
        await bench.append({
          topic: deadLettersIn('dev', of),
          key: bytesOf(key),
          value: bytesOf('{"half'),
          headers: headersOf({
            '__connect.errors.topic': topicIn('dev', of),
            '__connect.errors.stage': 'player',
            'freshet.line': '12',
          }),
        });
    const letters = await listLetters(bench.deployment);
    const places = new Set(letters.map(({ record }) => `${record.partition}/${record.offset}`));
    expect(letters).toHaveLength(8 * sources.length);
    expect(places.size).toBeLessThan(letters.length);
    for (const letter of letters) {
      expect(letterName(letter)).toContain(`player/${letter.record.topic}/`);
      expect(findLetter(letters, letterName(letter))).toBe(letter);
    }
  });
});

describe('finding a letter', () => {
  it('goes by its name or its id', async () => {
    const bench = await openOpsBench(breaking(ordersStages, () => true));
    await bench.publish('placed', 'a', placed('a'));
    await bench.publish('placed', 'b', placed('b'));
    await bench.deliver('features');
    const letters = await listLetters(bench.deployment);
    const [first, second] = letters;
    if (first === undefined || second === undefined) throw new Error('expected two letters');
    expect(findLetter(letters, letterName(second))).toBe(second);
    expect(findLetter(letters, first.id)).toBe(first);
    expect(() => findLetter(letters, 'features/9/9')).toThrow(/expected one that is listed/);
    expect(() => findLetter([...letters, { ...first, id: 'other' }], letterName(first))).toThrow(
      /which 2 letters are called/,
    );
  });
});
