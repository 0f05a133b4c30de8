import { describe, expect, it } from 'vitest';
import { textOf } from '../../../lib/core/record.ts';
import type { LedgerWritten } from '../../../lib/core/ports/stores.ts';
import { oneEffect, ordersStages, placed } from '../../support/orders-stages.ts';
import { openOpsBench, type OpsBench } from '../../support/ops-bench.ts';
import { findEffect } from '../../../lib/ops/effects/find-effect.ts';
import { listEffects, type EffectView } from '../../../lib/ops/effects/effect.ts';
import {
  applyResolution,
  planResolution,
  type ResolutionPlan,
} from '../../../lib/ops/effects/resolve-effect.ts';
import { applySwitch, planSwitch } from '../../../lib/ops/kill-switch.ts';
import { listLetters } from '../../../lib/ops/letters/list-letters.ts';
import { applyRedrive, planRedrive } from '../../../lib/ops/letters/redrive.ts';
import type { Deployment } from '../../../lib/ops/deployment.ts';

const operator = { who: 'tester', why: 'the desk has it in its book' };
const unknown = { kind: 'unknown', detail: '503', retryAfterMs: undefined } as const;
const refused = { kind: 'refused', detail: '422' } as const;

/** A pipeline with one effect in doubt. */
const inDoubt = async (): Promise<OpsBench> => {
  const bench = await openOpsBench(ordersStages);
  bench.answers.push(unknown);
  await bench.publish('placed', 'a', placed('a'));
  expect(await bench.run()).toEqual(['done', 'done', 'in-doubt']);
  return bench;
};

const only = async (bench: OpsBench): Promise<EffectView> => {
  const [effect, ...others] = await listEffects(bench.deployment, {
    states: ['IN_DOUBT', 'FAILED', 'DONE'],
    limit: 10,
  });
  if (effect === undefined || others.length > 0) throw new Error('expected one effect');
  return effect;
};

const planned = async (bench: OpsBench, to: 'DONE' | 'FAILED'): Promise<ResolutionPlan> => {
  const item = await findEffect(bench.deployment, (await only(bench)).id);
  const plan = planResolution(bench.deployment, item, to);
  if ('kind' in plan) throw new Error(`expected a plan, got ${plan.kind}`);
  return plan;
};

describe('effects in doubt', () => {
  it('are listed with what the downstream was given as their key', async () => {
    const bench = await inDoubt();
    const effect = await only(bench);
    expect(effect).toMatchObject({
      id: bench.sent[0]?.key,
      state: 'IN_DOUBT',
      reason: 'unknown-outcome',
      redrive: 0,
      revision: 1,
      expires: null,
      letterOf: expect.stringMatching(/^dev\.orders\.orders\.decision\/\d\/0$/),
    });
    expect(await listEffects(bench.deployment, { states: ['FAILED'], limit: 10 })).toEqual([]);
  });

  it('resolved to done: audited, told in an outcome of the next revision, and never sent again', async () => {
    const bench = await inDoubt();
    expect(await applyResolution(bench.deployment, await planned(bench, 'DONE'), operator)).toMatchObject({
      kind: 'resolved',
      effect: { state: 'DONE', revision: 2, evidence: [expect.stringContaining(operator.why)] },
    });
    expect(await bench.read('outcomes')).toEqual([
      { status: 'done', stage: 'action', revision: 2, reason: operator.why },
    ]);
    expect(await bench.embedded.operations.audits(5)).toMatchObject([
      {
        who: 'tester',
        why: operator.why,
        what: expect.stringMatching(/^resolve effect freshet-\w+ to DONE$/),
      },
    ]);
    expect((await bench.embedded.verdicts.countByStage()).get('action')?.verdicts).toEqual({ done: 1 });

    // A redelivery of the decision answers with the same outcome.
    expect(await bench.deliver('action', { again: true })).toEqual(['done']);
    const outcomes = await bench.read('outcomes');
    expect(outcomes).toHaveLength(2);
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(bench.sent).toHaveLength(1);
  });

  it('tells its outcome under the identity and correlation of the chain', async () => {
    const bench = await inDoubt();
    await applyResolution(bench.deployment, await planned(bench, 'DONE'), operator);
    const headersOf = async (topic: string): Promise<Readonly<Record<string, string>>> => {
      for (const { partition } of await bench.embedded.log.offsets(topic)) {
        const [record] = await bench.embedded.log.read({
          topic,
          partition,
          from: 0,
          maxRecords: 1,
          maxBytes: 1e9,
        });
        if (record) return Object.fromEntries(record.headers.map(({ name, value }) => [name, textOf(value)]));
      }
      throw new Error(`${topic} is empty`);
    };
    const decision = await headersOf('dev.orders.orders.decision');
    const outcome = await headersOf('dev.orders.orders.outcome');
    expect(outcome).toMatchObject({ ce_type: 'outcome', ce_source: '/freshet/orders/action' });
    for (const name of [
      'ce_id',
      'ce_correlationid',
      'ce_origintime',
      'ce_origindigest',
      'ce_expirytime',
      'ce_sequence',
    ])
      expect([name, outcome[name]]).toEqual([name, decision[name]]);
  });

  it('resolved to failed: its letter can be redriven, and is sent again then', async () => {
    const bench = await inDoubt();
    expect(await applyResolution(bench.deployment, await planned(bench, 'FAILED'), operator)).toMatchObject({
      kind: 'resolved',
      effect: { state: 'FAILED', maybeSent: false, expires: null },
    });
    expect(await bench.read('outcomes')).toMatchObject([{ status: 'failed', revision: 2 }]);
    expect(await bench.deliver('action', { again: true })).toEqual(['dead-lettered(unknown-outcome)']);
    expect(bench.sent).toHaveLength(1);

    const letters = await listLetters(bench.deployment);
    expect(letters).toHaveLength(1);
    const plan = await planRedrive(bench.deployment, letters, { pastDeadline: false });
    expect(await applyRedrive(bench.deployment, plan, bench.invoker, operator)).toMatchObject([
      { verdict: 'done' },
    ]);
    expect(bench.sent).toHaveLength(2);
    expect((await bench.read('outcomes')).at(-1)).toMatchObject({ status: 'done', revision: 3 });
  });

  it('not resolved: their letter is not sent again by a redrive', async () => {
    const bench = await inDoubt();
    const plan = await planRedrive(bench.deployment, await listLetters(bench.deployment), {
      pastDeadline: false,
    });
    expect(plan.redrives).toMatchObject([
      { standing: { kind: 'settled', as: expect.stringContaining('npx freshet effects resolve') } },
    ]);
    expect(await applyRedrive(bench.deployment, plan, bench.invoker, operator)).toMatchObject([
      { outcome: 'in-doubt' },
    ]);
    expect(bench.sent).toHaveLength(1);
  });

  it('change nothing where another was faster', async () => {
    const bench = await inDoubt();
    const plan = await planned(bench, 'FAILED');
    await applyResolution(bench.deployment, await planned(bench, 'DONE'), operator);
    expect(await applyResolution(bench.deployment, plan, operator)).toMatchObject({
      kind: 'changed',
      effect: { state: 'DONE' },
    });
    expect((await only(bench)).state).toBe('DONE');
    const item = await findEffect(bench.deployment, plan.key);
    expect(planResolution(bench.deployment, item, 'FAILED')).toMatchObject({ kind: 'not-in-doubt' });
  });

  it('are told again by the same resolution, whose outcome was not acknowledged', async () => {
    const bench = await inDoubt();
    const down: Deployment = {
      ...bench.deployment,
      log: new Proxy(bench.deployment.log, {
        get: (log, name) =>
          name === 'produce'
            ? async (records: readonly unknown[]) => records.map(() => ({ kind: 'failed', cause: 'down' }))
            : (Reflect.get(log, name) as unknown),
      }),
    };
    expect(await applyResolution(down, await planned(bench, 'DONE'), operator)).toMatchObject({
      kind: 'not-emitted',
    });
    expect(await bench.read('outcomes')).toEqual([]);
    const again = await planned(bench, 'DONE');
    expect(again.isResolved).toBe(true);
    expect(await applyResolution(bench.deployment, again, operator)).toMatchObject({ kind: 'resolved' });
    expect(await bench.read('outcomes')).toMatchObject([{ status: 'done', revision: 2 }]);
  });

  it('know their own resolution when the write was applied and its answer lost', async () => {
    const bench = await inDoubt();
    let writes = 0;
    const { effects } = bench.deployment;
    const lossy: Deployment = {
      ...bench.deployment,
      effects: {
        read: (keys) => effects.read(keys),
        list: (filter) => effects.list(filter),
        apply: async (all) => {
          const answers = await effects.apply(all);
          writes += 1;
          return writes === 1
            ? answers.map((): LedgerWritten => ({ kind: 'unavailable', cause: 'lost' }))
            : answers;
        },
      },
    };
    expect(await applyResolution(lossy, await planned(bench, 'DONE'), operator)).toMatchObject({
      kind: 'resolved',
      effect: { state: 'DONE', revision: 2 },
    });
    expect(writes).toBe(2);
  });
});

describe('finding an effect', () => {
  it('goes by its idempotency key, the beginning of it, or its key in the ledger', async () => {
    const bench = await inDoubt();
    const { id } = await only(bench);
    const [{ key } = { key: '' }] = await bench.embedded.effects.list({ states: ['IN_DOUBT'], limit: 1 });
    for (const wanted of [id, id.slice(0, 16), key])
      expect((await findEffect(bench.deployment, wanted)).key).toBe(key);
    await expect(findEffect(bench.deployment, 'freshet-')).rejects.toThrow(/at least 14 characters/);
    await expect(findEffect(bench.deployment, 'freshet-000000000000')).rejects.toThrow(/effects list/);
  });

  it('finds finished ones too', async () => {
    const bench = await oneEffect();
    expect((await findEffect(bench.deployment, bench.sent[0]?.key ?? '')).state).toBe('DONE');
  });
});

describe('the kill switch', () => {
  it('stops sends until it is resumed, and is audited', async () => {
    const bench = await openOpsBench(ordersStages);
    await applySwitch(bench.deployment, planSwitch('action', true), operator);
    await bench.publish('placed', 'a', placed('a'));
    expect(await bench.run()).toEqual(['done', 'done', 'retry(paused)']);
    expect(bench.sent).toEqual([]);
    await applySwitch(bench.deployment, planSwitch('action', false), operator);
    expect(await bench.deliver('action', { again: true })).toEqual(['done']);
    expect(bench.sent).toHaveLength(1);
    expect((await bench.embedded.operations.audits(5)).map(({ what }) => what)).toEqual([
      'resume action',
      'pause action',
    ]);
  });

  it('is not set where it cannot be audited', async () => {
    const bench = await openOpsBench(ordersStages);
    const { operations } = bench.deployment;
    const deaf = {
      ...bench.deployment,
      operations: new Proxy(operations, {
        get: (target, name) =>
          name === 'audit'
            ? async () => Promise.reject(new Error('disk full'))
            : (Reflect.get(target, name) as (...args: unknown[]) => unknown).bind(target),
      }),
    };
    await expect(applySwitch(deaf, planSwitch('action', true), operator)).rejects.toThrow('disk full');
    expect(await operations.paused('action')).toEqual({ kind: 'read', value: false });
  });

  it('is one of action only', () => {
    expect(() => planSwitch('features', true)).toThrow(/expected action/);
  });
});

it('a failed effect can be redriven, a done one is left alone', async () => {
  const bench = await oneEffect(refused);
  expect(await only(bench)).toMatchObject({ state: 'FAILED', reason: 'refused' });
  const plan = await planRedrive(bench.deployment, await listLetters(bench.deployment), {
    pastDeadline: false,
  });
  await applyRedrive(bench.deployment, plan, bench.invoker, operator);
  await applyRedrive(bench.deployment, plan, bench.invoker, operator);
  expect(await only(bench)).toMatchObject({ state: 'DONE', redrive: 1 });
  expect(bench.sent).toHaveLength(2);
});
