import { describe, expect, it } from 'vitest';
import { withChaos } from '../../../../lib/local/event-source/chaos.ts';
import { kafkaEvent } from '../../../../lib/local/event-source/event.ts';
import type { FunctionHost, InvocationResult } from '../../../../lib/local/event-source/function-host.ts';
import { failed, mappingConfig, ok, partly, recordsOf } from '../../../support/mapping-bench.ts';

const event = kafkaEvent(mappingConfig().source, recordsOf(0, 6));
const request = { requestId: 'first', timeoutMs: 1_000 };

const recorded = (
  ...results: readonly InvocationResult[]
): { readonly host: FunctionHost; readonly batches: number[][]; readonly ids: string[] } => {
  const batches: number[][] = [];
  const ids: string[] = [];
  const host: FunctionHost = {
    invoke: async ({ records }, { requestId }) => {
      ids.push(requestId);
      return (
        results[
          batches.push(
            Object.values(records)
              .flat()
              .map(({ offset }) => offset),
          ) - 1
        ] ?? ok()
      );
    },
  };
  return { host, batches, ids };
};

const partial = { partialResponses: true, newId: () => 'further' };

describe('chaos', () => {
  it('delivers again after success, under another request id, and answers with the last result', async () => {
    const { host, batches, ids } = recorded(ok('one'), partly([0, 3]));
    const result = await withChaos(host, { seed: 1, redeliver: 1, split: 0 }, partial).invoke(event, request);
    expect(batches).toEqual([
      [0, 1, 2, 3, 4, 5],
      [0, 1, 2, 3, 4, 5],
    ]);
    expect(ids).toEqual(['first', 'further']);
    expect(result).toEqual(partly([0, 3]));
  });

  it('does not deliver again what failed', async () => {
    const { host, batches } = recorded(failed);
    await withChaos(host, { seed: 1, redeliver: 1, split: 0 }, partial).invoke(event, request);
    expect(batches).toHaveLength(1);
  });

  it('delivers in two parts, in order and complete', async () => {
    const { host, batches } = recorded();
    const result = await withChaos(host, { seed: 1, redeliver: 0, split: 1 }, partial).invoke(event, request);
    expect(batches).toHaveLength(2);
    expect(batches.flat()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(result).toEqual(ok());
  });

  it('never delivers the second part behind an unfinished record of the first', async () => {
    const { host, batches } = recorded(partly([0, 0]));
    const result = await withChaos(host, { seed: 1, redeliver: 0, split: 1 }, partial).invoke(event, request);
    const [first = []] = batches;
    expect(batches).toHaveLength(1);
    const rest = [0, 1, 2, 3, 4, 5].slice(first.length).map((offset) => [0, offset] as const);
    expect(result).toEqual(partly([0, 0], ...rest));
  });

  it('looks into no response where the mapping does not', async () => {
    const { host, batches } = recorded(partly([0, 0]));
    const chaos = { seed: 1, redeliver: 0, split: 1 };
    await withChaos(host, chaos, { ...partial, partialResponses: false }).invoke(event, request);
    expect(batches.flat()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('makes the same choices for the same seed, in about the shares it is told', async () => {
    const deliveries = async (seed: number): Promise<string> => {
      const { host, batches } = recorded();
      const chaotic = withChaos(host, { seed, redeliver: 0.1, split: 0.1 }, partial);
      for (let batch = 0; batch < 500; batch += 1) await chaotic.invoke(event, request);
      return JSON.stringify(batches);
    };
    const [one, again, other] = await Promise.all([deliveries(7), deliveries(7), deliveries(8)]);
    expect(again).toBe(one);
    expect(other).not.toBe(one);
    const count = (JSON.parse(one) as readonly unknown[]).length;
    expect(count).toBeGreaterThan(550);
    expect(count).toBeLessThan(650);
  });
});
