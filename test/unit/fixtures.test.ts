import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RecordedEvent, Recording } from '../../lib/core/recording.ts';
import type { ActionStage } from '../../lib/core/stages/action.ts';
import type { FeaturesStage } from '../../lib/core/stages/features.ts';
import type { InferenceStage } from '../../lib/core/stages/inference.ts';
import { epochMsOf } from '../../lib/core/units.ts';
import { validatorsOf } from '../../lib/runtime/validators.ts';
import { action as meterAction } from '../fixtures/meters/action.ts';
import { features as meterFeatures } from '../fixtures/meters/features.ts';
import { inference as meterInference } from '../fixtures/meters/inference.ts';
import { recording as meterRecording } from '../fixtures/meters/recording.ts';
import { action as orderAction } from '../fixtures/orders/action.ts';
import { features as orderFeatures } from '../fixtures/orders/features.ts';
import { inference as orderInference } from '../fixtures/orders/inference.ts';
import { recording as orderRecording } from '../fixtures/orders/recording.ts';

const root = join(import.meta.dirname, '../..');

const eventsOf = ({ folder, files }: Recording): readonly RecordedEvent[] =>
  readdirSync(join(root, folder)).flatMap((file) => {
    const kind = Object.values(files).find(({ pattern }) => pattern.test(file));
    if (!kind) throw new Error(`${file} is of no kind that the recording knows`);
    const lines = readFileSync(join(root, folder, file), 'utf8')
      .trimEnd()
      .split('\n');
    return lines.flatMap((line) => kind.events(JSON.parse(line)));
  });

/** The pure functions alone, over the whole recording, with no context: what each event led to. */
const decisionsOf = async (
  recording: Recording,
  features: FeaturesStage,
  inference: InferenceStage,
  action: ActionStage,
): Promise<readonly (readonly { readonly acted: boolean }[])[]> => {
  const { contract } = recording;
  const validators = validatorsOf(contract);
  const call = { signal: AbortSignal.timeout(10_000), deadline: epochMsOf(0), trace: undefined };
  const context = Object.fromEntries(
    Object.keys(contract.context).map((name) => [name, { status: 'missing' }]),
  );
  const rows = new Map<string, unknown>();
  const all = [];
  for (const { to, type, data } of eventsOf(recording)) {
    const handler = features.on[type];
    if (to !== 'source' || !handler) continue;
    expect(validators.source[type]?.(data)).toEqual([]);
    const entity = (data as Readonly<Record<string, string>>)[contract.source.key] ?? '';
    const state = handler.fold(rows.get(entity) ?? features.initial, data);
    expect(validators.row(state)).toEqual([]);
    rows.set(entity, state);
    const emitted: unknown = handler.emit?.({ state, event: data, context }) ?? [];
    const scored = [];
    const vectors: readonly unknown[] = Array.isArray(emitted) ? emitted : [emitted];
    for (const vector of vectors) {
      expect(validators.vector(vector)).toEqual([]);
      const { answer } = await inference.model.infer(vector, call);
      const decision = inference.decide({ ...answer, vector });
      expect(validators.decision(decision)).toEqual([]);
      const score = recording.score(decision);
      if (!score) continue;
      scored.push(score);
      const request = action.request(decision) as object;
      expect('suppress' in request).toBe(!score.acted);
    }
    all.push(scored);
  }
  return all;
};

describe('the orders, as a fixture', () => {
  it('lead to none, one and several decisions, some of which act', async () => {
    const decisions = await decisionsOf(orderRecording, orderFeatures, orderInference, orderAction);
    const counts = new Set(decisions.map(({ length }) => length));
    expect([...counts].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(decisions.flat().map(({ acted }) => acted))).toEqual(new Set([true, false]));
  });

  it('hold one event that the producer sent twice', () => {
    const ids = eventsOf(orderRecording).map(({ id }) => id);
    expect(ids.length - new Set(ids).size).toBe(1);
  });
});

describe('the meters, as a fixture', () => {
  it('lead to decisions, some of which act', async () => {
    const decisions = await decisionsOf(meterRecording, meterFeatures, meterInference, meterAction);
    expect(new Set(decisions.flat().map(({ acted }) => acted))).toEqual(new Set([true, false]));
  });

  it('hold events of a type that the contract ignores, and weather with gaps', () => {
    const events = eventsOf(meterRecording);
    const { events: known, unknown } = meterRecording.contract.source;
    const types = events.filter(({ to }) => to === 'source').map(({ type }) => type);
    expect(new Set(types.filter((type) => !Object.hasOwn(known, type)))).toEqual(new Set(['heartbeat']));
    expect(unknown).toBe('ignore');
    const observed = events
      .filter(({ to }) => to === 'weather')
      .map(({ at, data }) => ({ at, district: (data as { readonly district: string }).district }));
    const status = (district: string, at: number): string => {
      const seen = observed.filter((weather) => weather.district === district && weather.at <= at);
      if (seen.length === 0) return 'missing';
      const ageMs = at - Math.max(...seen.map((weather) => weather.at));
      return ageMs <= (meterRecording.contract.context['weather']?.maxAgeMs ?? 0) ? 'fresh' : 'stale';
    };
    const readings = events.filter(({ type }) => type === 'reading');
    const statuses = readings.map(({ at, data }) =>
      status((data as { readonly district: string }).district, at),
    );
    expect(new Set(statuses)).toEqual(new Set(['fresh', 'stale', 'missing']));
  });
});

it.each([
  { name: 'orders', recording: orderRecording, action: orderAction },
  { name: 'meters', recording: meterRecording, action: meterAction },
])('the receiver of the $name stands where the action sends', ({ recording, action }) => {
  expect(action.via.params.map(({ name }) => name)).toEqual([recording.receiver.param]);
});
