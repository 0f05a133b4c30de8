import { describe, expect, it } from 'vitest';
import {
  logistic,
  sealModel,
  type LogisticAnswer,
  type LogisticModelFile,
  type NamedFeatures,
} from '../../../lib/adapters/logistic.ts';
import { canonicalJson, digestOf } from '../../../lib/core/digest.ts';
import { ConfigError, PermanentRecordError, type Problem } from '../../../lib/core/errors.ts';
import { epochMsOf } from '../../../lib/core/units.ts';

interface Meter {
  readonly used: number;
  readonly celsius: number | undefined;
}

const features: NamedFeatures<Meter> = { used: ({ used }) => used, celsius: ({ celsius }) => celsius };

const content: Omit<LogisticModelFile, 'digest'> = {
  kind: 'logistic',
  id: 'meter',
  version: '2.1.0',
  features: [
    { name: 'used', weight: 2, mean: 10, scale: 5, min: 0, max: 20 },
    { name: 'celsius', weight: -1, mean: 15, scale: 10, min: -20, max: 35 },
  ],
  intercept: -1,
  threshold: 0.4,
  trainedOn: { from: '2026-01-01T00:00:00Z', to: '2026-01-31T00:00:00Z', rows: 100 },
  metrics: { auc: 0.8 },
};
const file = sealModel(content);

const infer = async (vector: Meter): Promise<LogisticAnswer> => {
  const call = { signal: new AbortController().signal, deadline: epochMsOf(0), trace: undefined };
  return (await logistic(file, features).infer(vector, call)).answer;
};
const sigmoid = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));

const problemsOf = (given: unknown, functions: NamedFeatures<Meter> = features): readonly Problem[] => {
  try {
    logistic(given, functions);
  } catch (thrown) {
    if (thrown instanceof ConfigError && thrown.code === 'MODEL_INVALID') return thrown.problems;
    throw thrown;
  }
  return [];
};

describe('a logistic model', () => {
  it('is named by its file, so that a decision can be traced to it', () => {
    const { id, version, digest } = logistic(file, features);
    expect({ id, version, digest }).toEqual({
      id: 'meter',
      version: '2.1.0',
      digest: digestOf(canonicalJson(content)),
    });
  });

  it('scores a mean row by its intercept alone', async () => {
    expect((await infer({ used: 10, celsius: 15 })).score).toBeCloseTo(sigmoid(-1), 12);
  });

  it('says what each feature did to the score', async () => {
    const answer = await infer({ used: 15, celsius: 5 });
    expect(answer.contributions).toEqual([
      { name: 'used', value: 15, logOdds: 2 },
      { name: 'celsius', value: 5, logOdds: 1 },
    ]);
    expect(answer.score).toBeCloseTo(sigmoid(2), 12);
    expect([answer.threshold, answer.outsideTraining]).toEqual([0.4, []]);
  });

  it('is moved by nothing that is not known', async () => {
    const answer = await infer({ used: 15, celsius: undefined });
    expect(answer.contributions[1]).toEqual({ name: 'celsius', value: undefined, logOdds: 0 });
    expect(answer.score).toBeCloseTo(sigmoid(1), 12);
  });

  it('scores what lies outside of training at the border of it, and names it', async () => {
    const [far, border, low] = await Promise.all([
      infer({ used: 500, celsius: 15 }),
      infer({ used: 20, celsius: 15 }),
      infer({ used: 10, celsius: -40 }),
    ]);
    expect(far.outsideTraining).toEqual(['used']);
    expect(far.score).toBe(border.score);
    expect(border.outsideTraining).toEqual([]);
    expect([low.outsideTraining, low.contributions[1]?.value]).toEqual([['celsius'], -20]);
  });

  it('refuses for good what is no number', async () => {
    await expect(infer({ used: Number.NaN, celsius: 15 })).rejects.toThrow(PermanentRecordError);
    await expect(infer({ used: Number.POSITIVE_INFINITY, celsius: 15 })).rejects.toThrow('"used"');
  });
});

describe('a model file', () => {
  it('serves as training wrote it, also after it went through a file', () => {
    expect(problemsOf(JSON.parse(JSON.stringify(file, null, 2)))).toEqual([]);
  });

  it('is refused where it was changed by hand, with both digests', () => {
    const changed = { ...file, threshold: 0.2 };
    const [problem, ...others] = problemsOf(changed);
    expect(others).toEqual([]);
    expect(problem?.path).toBe('model.digest');
    expect(problem?.got).toContain(file.digest);
    expect(problem?.got).toContain(digestOf(canonicalJson({ ...content, threshold: 0.2 })));
  });

  it('is refused where the domain names other features, both ways, together with what else is wrong', () => {
    const problems = problemsOf({ ...file, intercept: 0 }, { used: () => 1, humidity: () => 1 });
    expect(problems.map(({ path }) => path)).toEqual(['model.digest', 'model.features']);
    expect(problems[1]?.got).toBe(
      'no function for celsius; functions for humidity, which the model does not know',
    );
  });

  it('is refused where a name stands twice', () => {
    const twice = sealModel({ ...content, features: [...content.features, ...content.features] });
    expect(problemsOf(twice).map(({ got }) => got)).toEqual(['a name that stands twice']);
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'model'],
    ['an empty object', {}],
    ['another kind', { ...file, kind: 'tree' }],
    ['no intercept', { ...file, intercept: undefined }],
    ['a threshold that is no number', { ...file, threshold: '0.4' }],
    ['a scale of 0', { ...file, features: [{ ...content.features[0], scale: 0 }] }],
    ['a weight that is no number', { ...file, features: [{ ...content.features[0], weight: null }] }],
    ['a feature without a name', { ...file, features: [{ ...content.features[0], name: undefined }] }],
    ['features that are no list', { ...file, features: {} }],
    ['no digest', content],
  ])('is refused where it is %s', (_, given) => {
    expect(problemsOf(given).map(({ path }) => path)).toEqual(['model']);
  });
});
