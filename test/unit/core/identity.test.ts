import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  idempotencyKey,
  identityByCoordinates,
  identityKey,
  identityText,
  lengthPrefixed,
  letterId,
  outputId,
  outputSource,
} from '../../../lib/core/identity.ts';

interface GoldenKeys {
  readonly events: readonly {
    readonly source: string;
    readonly id: string;
    readonly type: string;
    readonly key: string;
    readonly text: string;
    readonly outputs: readonly string[];
    readonly chainedKey: string;
    readonly idempotencyKey: string;
  }[];
  readonly coordinates: readonly {
    readonly topicId: string;
    readonly partition: number;
    readonly offset: number;
    readonly key: string;
    readonly letter: string;
  }[];
}

const pipeline = 'orders';
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/golden-keys.json'), 'utf8'),
) as GoldenKeys;

describe('the keys of an event, for ever', () => {
  it.each(golden.events)('$source#$id', (event) => {
    const outputs = [0, 1, 12].map((index) => outputId(event, index));
    const chainedKey = identityKey({ source: outputSource(pipeline, 'features'), id: outputs[0] ?? '' });
    expect({
      key: identityKey(event),
      text: identityText(event),
      outputs,
      chainedKey,
      idempotencyKey: idempotencyKey(pipeline, chainedKey),
    }).toEqual({
      key: event.key,
      text: event.text,
      outputs: event.outputs,
      chainedKey: event.chainedKey,
      idempotencyKey: event.idempotencyKey,
    });
  });

  it.each(golden.coordinates)('$topicId/$partition/$offset', ({ key, letter, ...at }) => {
    expect(identityKey(identityByCoordinates({ topic: 'whatever', ...at }))).toBe(key);
    expect(letterId(pipeline, 'action', { topic: 'whatever', ...at }, 2)).toBe(letter);
  });
});

describe('keys', () => {
  const parts = fc.array(fc.string({ maxLength: 6, unit: fc.constantFrom('a', '1', ':', '#', '/', '2:') }), {
    maxLength: 4,
  });

  it('of different parts are different', () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b));
        expect(lengthPrefixed(a)).not.toBe(lengthPrefixed(b));
      }),
      { numRuns: 2_000 },
    );
  });

  it('do not confuse where the source ends and the id begins', () => {
    expect(identityKey({ source: 'a', id: 'bc' })).not.toBe(identityKey({ source: 'ab', id: 'c' }));
    expect(identityKey({ source: '1:a', id: '' })).not.toBe(identityKey({ source: '', id: '1:a' }));
  });

  it('are hashed when they are long, and never longer than 200 characters', () => {
    const long = (length: number) => identityKey({ source: '', id: 'x'.repeat(length) });
    // "0:" and "195:" go before the 195 characters of the id.
    expect(long(194)).toHaveLength(200);
    expect(long(195)).toMatch(/^sha256:[\da-f]{64}$/);
    expect(long(10_000)).not.toBe(long(10_001));
    expect(outputId({ source: '/s', id: 'x'.repeat(300), type: 't' }, 0)).toMatch(/^sha256:/);
  });

  it('of several outputs, and of outputs of several types, are different', () => {
    const origin = { source: '/s', id: '1', type: 'a' };
    expect(
      new Set([outputId(origin, 0), outputId(origin, 1), outputId({ ...origin, type: 'b' }, 0)]).size,
    ).toBe(3);
  });

  it('of an effect are one per pipeline, and fit a header', () => {
    expect(idempotencyKey('a', 'k')).toMatch(/^freshet-[\da-f]{40}$/);
    expect(idempotencyKey('a', 'k')).not.toBe(idempotencyKey('b', 'k'));
  });

  it('of a letter are one per stage, coordinates and redrive', () => {
    const at = { topic: 't', topicId: 'i', partition: 0, offset: 1 };
    const ids = [
      letterId('p', 'features', at, 0),
      letterId('p', 'features', at, 1),
      letterId('p', 'action', at, 0),
      letterId('q', 'features', at, 0),
      letterId('p', 'features', { ...at, offset: 2 }, 0),
      letterId('p', 'features', { ...at, topicId: 'j' }, 0),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(letterId('p', 'features', { ...at, topic: 'renamed' }, 0)).toBe(ids[0]);
  });
});
