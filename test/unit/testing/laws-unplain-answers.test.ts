/** Models whose answers JSON does not hold: only what can be compared is judged. */
import type { Static } from 'typebox';
import { describe, expect, it } from 'vitest';
import type { InferenceStage } from '../../../lib/core/stages/inference.ts';
import { given } from '../../../lib/testing/given.ts';
import type { Hold, LineVector } from '../../fixtures/orders/contract.ts';
import { inference as suspicion } from '../../fixtures/orders/inference.ts';

const decision: Static<typeof Hold> = { hold: true, score: 0.9, customer: 'ada', order: 'o-1', sku: 'lamp' };

describe('a model whose answer is no plain JSON', () => {
  const vector: Static<typeof LineVector> = {
    customer: 'ada',
    order: 'o-1',
    sku: 'lamp',
    quantity: 1,
    amountCents: 20_000,
    meanLineCents: 20_000,
    cancelledShare: 0,
  };

  class Scores {
    readonly #scores: readonly number[];
    sum: number | undefined;

    constructor(...scores: readonly number[]) {
      this.#scores = scores;
    }

    total(): number {
      return (this.sum ??= this.#scores.reduce((sum, score) => sum + score, 0));
    }
  }

  /** Scores of two equal vectors: their answers differ, and nothing else does. */
  const scores = (answers: readonly unknown[], scoreOf: (answer: never) => number): Promise<unknown> => {
    let asked = 0;
    const stage: InferenceStage = {
      ...suspicion,
      model: {
        ...suspicion.model,
        infer: () => ({ answer: { of: answers[asked++ % answers.length] } }),
      },
      decide: (input) => {
        const { of } = input as { readonly of: never };
        return { ...decision, score: scoreOf(of) };
      },
    };
    return given(stage)
      .vectors(vector, vector)
      .then(({ decisions }) => decisions.map((made) => (made as { readonly score: number }).score));
  };

  const ring = (n: number): object => {
    const one: { n: number; self?: unknown } = { n };
    one.self = one;
    return one;
  };

  it.each<readonly [string, readonly unknown[], (answer: never) => number]>([
    ['a typed array', [new Float32Array([0.5]), new Float32Array([1])], ([first = 0]: Float32Array) => first],
    [
      'a Map',
      [new Map([['a', 0.5]]), new Map([['a', 1]])],
      (map: ReadonlyMap<string, number>) => map.get('a') ?? 0,
    ],
    ['a Date', [new Date(500), new Date(1_000)], (date: Date) => date.getTime() / 1_000],
    [
      'NaN',
      [
        [Number.NaN, 0.5],
        [Number.NaN, 1],
      ],
      ([, score = 0]: readonly number[]) => score,
    ],
    ['a bigint', [5n, 10n], (n: bigint) => Number(n) / 10],
    [
      'an instance with methods, which keeps its sum',
      [new Scores(0.5), new Scores(0.5, 0.5)],
      (all: Scores) => all.total(),
    ],
    [
      'an object with methods, which keeps its sum',
      [{ of: 0.5 }, { of: 1 }].map((one) => ({
        ...one,
        kept: 0,
        total(): number {
          return (this.kept = this.of);
        },
      })),
      (all: { total(): number }) => all.total(),
    ],
    ['an object that holds itself', [ring(0.5), ring(1)], ({ n }: { readonly n: number }) => n],
  ])('is blamed for nothing: %s', async (_, answers, scoreOf) => {
    expect(await scores(answers, scoreOf)).toEqual([0.5, 1]);
  });

  it('does not hide a decide that depends on chance', async () => {
    const answers = [new Float32Array([1])];
    await expect(scores(answers, () => Math.random())).rejects.toThrow(/decide depends on randomness/);
  });

  it('does not hide a decide that changes the plain rest of it', async () => {
    const answers = [{ dates: [new Date(0)] }];
    const popping = ({ dates }: { readonly dates: Date[] }): number => dates.pop()?.getTime() ?? 1;
    await expect(scores(answers, popping)).rejects.toThrow(
      /decide changes its input: input\/of\/dates\/0 was "1970-01-01T00:00:00.000Z" and became nothing/,
    );
  });
});
