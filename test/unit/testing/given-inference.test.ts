import { describe, expect, it } from 'vitest';
import type { InferenceStage } from '../../../lib/core/stages/inference.ts';
import { minutes } from '../../../lib/core/units.ts';
import { given } from '../../../lib/testing/given.ts';
import { features as usage } from '../../fixtures/meters/features.ts';
import { inference as excess } from '../../fixtures/meters/inference.ts';
import { inference as suspicion } from '../../fixtures/orders/inference.ts';
import { readingEvent } from '../../support/meters-stages.ts';

const vector = {
  customer: 'ada',
  order: 'o-1',
  sku: 'lamp',
  quantity: 40,
  amountCents: 20_000,
  meanLineCents: 20_000,
  cancelledShare: 0,
};

describe('given(inference)', () => {
  it('decides on vectors', async () => {
    const { decisions, verdicts, letters, outcomes } = await given(suspicion).vectors(vector, {
      ...vector,
      quantity: 1,
    });
    expect(decisions).toMatchObject([{ hold: true, order: 'o-1' }, { hold: false }]);
    expect(verdicts).toEqual(['done', 'done']);
    expect([...letters, ...outcomes]).toEqual([]);
  });

  it('takes what features emitted, with its flags', async () => {
    const { emissions } = await given(usage).events(
      readingEvent('m-2', 1),
      readingEvent('m-1', 10),
      readingEvent('m-1', 90),
    );
    const decided = await given(excess).vectors(...emissions);
    expect(decided.decisions).toMatchObject([{ inspect: true, meter: 'm-1', weather: 'missing' }]);
    expect(decided.emissions[0]?.flags).toEqual(['weather:missing']);
  });

  it('flags what is late', async () => {
    const { emissions } = await given(suspicion).after(minutes(11)).vectors(vector);
    expect(emissions[0]?.flags).toEqual(['late']);
    expect((await given(suspicion).flags('x:stale').vectors(vector)).emissions[0]?.flags).toEqual([
      'x:stale',
    ]);
  });

  it('lets a model answer differently each time', async () => {
    let answers = 0;
    const moody: InferenceStage = {
      ...suspicion,
      model: { ...suspicion.model, infer: () => ({ answer: { score: (answers += 1) / 100 } }) },
    };
    const { decisions } = await given(moody).vectors(vector, vector, vector);
    expect(decisions).toMatchObject([{ score: 0.01 }, { score: 0.02 }, { score: 0.03 }]);
  });

  it('asks a model that fails for a moment again, and gives up on one that stays so', async () => {
    const failing = (times: number): InferenceStage => {
      const asked = new Map<string, number>();
      return {
        ...suspicion,
        model: {
          ...suspicion.model,
          infer: async (_, { trace }) => {
            const traceparent = trace?.traceparent ?? '';
            const before = asked.get(traceparent) ?? 0;
            asked.set(traceparent, before + 1);
            if (before < times) throw new Error('overloaded');
            return { answer: { score: 1 } };
          },
        },
      };
    };
    expect((await given(failing(2)).vectors(vector)).verdicts).toEqual(['done']);
    const { letters, verdicts } = await given(failing(1_000)).vectors(vector);
    expect(verdicts).toEqual(['dead-lettered(gave-up)']);
    expect(letters).toMatchObject([
      { stage: 'inference', message: expect.stringMatching(/^overloaded \(test\//) as string },
    ]);
  });

  it('says who does not answer', async () => {
    const mute: InferenceStage = {
      ...suspicion,
      model: { ...suspicion.model, infer: () => new Promise(() => {}) },
    };
    await expect(given(mute).vectors(vector)).rejects.toThrow(/the model did not answer within/);
  });
});
