import { afterEach, expect, it } from 'vitest';
import { epochMsOf } from '../../../lib/core/units.ts';
import type { InferenceStage, ModelCall } from '../../../lib/core/stages/inference.ts';
import { hangIn, withLocalHooks } from '../../../lib/runtime/local-hooks.ts';
import { tinyContract } from '../../support/tiny-contract.ts';

const inference: InferenceStage = {
  kind: 'inference',
  contract: tinyContract(),
  model: { id: 'm', version: '1', digest: 'd', infer: () => ({ answer: { score: 1 } }) },
  decide: () => ({ warn: true }),
};
const callOf = (signal = new AbortController().signal): ModelCall => ({
  signal,
  deadline: epochMsOf(0),
  trace: undefined,
});

afterEach(() => {
  Reflect.deleteProperty(globalThis, Symbol.for('freshet.local-hooks'));
});

/** The model of the stage as a local run has it. */
const slowed = (ms: number): InferenceStage['model'] => hung({ modelDelayMs: () => ms, threw: () => {} });
const hung = (hooks: Parameters<typeof hangIn>[0], defined = inference): InferenceStage['model'] => {
  hangIn(hooks);
  const stage = withLocalHooks(defined);
  if (stage.kind !== 'inference') throw new Error('another stage');
  return stage.model;
};

it('leaves a stage as it is where nobody has hung anything in, as on Lambda', () => {
  expect(withLocalHooks(inference)).toBe(inference);
});

it('leaves the other stages as they are', () => {
  hangIn({ modelDelayMs: () => 5, threw: () => {} });
  const other = { ...inference, kind: 'context' } as unknown as Parameters<typeof withLocalHooks>[0];
  expect(withLocalHooks(other)).toBe(other);
});

it('answers at once where nothing is to be waited for, and is the same model', () => {
  const model = slowed(0);
  expect(model).toMatchObject({ id: 'm', version: '1', digest: 'd' });
  expect(model.infer({}, callOf())).toEqual({ answer: { score: 1 } });
});

it('answers later by what is asked for', async () => {
  const answered = slowed(5).infer({}, callOf());
  expect(answered).toBeInstanceOf(Promise);
  expect(await answered).toEqual({ answer: { score: 1 } });
});

it('heeds the end of the invocation', async () => {
  const end = new AbortController();
  const answered = slowed(3_600_000).infer({}, callOf(end.signal));
  end.abort();
  await expect(answered).rejects.toThrow('the time ran out');
});

it.each<[string, number, InferenceStage['model']['infer']]>([
  [
    'at once',
    0,
    () => {
      throw new Error('no such flight');
    },
  ],
  ['later', 0, () => Promise.reject(new Error('no such flight'))],
  [
    'once it was slowed',
    5,
    () => {
      throw new Error('no such flight');
    },
  ],
])('tells of what a model throws %s, and lets it through', async (_, ms, infer) => {
  const told: unknown[] = [];
  const model = hung(
    { modelDelayMs: () => ms, threw: (thrown) => told.push(thrown) },
    { ...inference, model: { ...inference.model, infer } },
  );
  const thrown: unknown = await Promise.try(() => model.infer({}, callOf())).catch(
    (caught: unknown) => caught,
  );
  expect(thrown).toMatchObject({ message: 'no such flight' });
  expect(told).toEqual([thrown]);
});
