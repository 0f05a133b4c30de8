import { Type } from 'typebox';
import type { AnyTriggerOptions } from '../../lib/core/contract/options.ts';
import { keyed } from '../../lib/core/contract/policies.ts';
import { existingTopic, topic } from '../../lib/core/contract/topics.ts';
import { days, hours, millis, minutes, perMinute, seconds } from '../../lib/core/units.ts';

const Opened = Type.Object({ door: Type.String(), at: Type.String(), note: Type.Optional(Type.String()) });

/** A valid contract that gives only what has no default, and a limit so that nothing is warned of. */
export const validOptions = {
  pipeline: 'door-watch',
  version: '1.2.0',
  owner: 'facilities',
  freshness: { target: seconds(10), objective: 0.99 },
  deadline: seconds(60),
  source: topic('building.door.opened', { key: 'door', time: 'at', events: { opened: Opened } }),
  features: {
    budget: millis(500),
    row: Type.Object({ openings: Type.Integer() }),
    memory: hours(1),
    output: Type.Object({ openings: Type.Integer() }),
  },
  inference: { budget: millis(1_000), output: Type.Object({ alert: Type.Boolean() }) },
  action: {
    budget: millis(1_500),
    effect: keyed(),
    giveUp: { after: seconds(45), attempts: 5 },
    limit: perMinute(60),
  },
} satisfies AnyTriggerOptions;

/** The same, with a context and every option written out. */
export const fullOptions = {
  ...validOptions,
  source: existingTopic('Doors_v2', {
    key: 'door',
    time: 'at',
    events: { opened: Opened },
    unknown: 'ignore',
    identify: { source: '/doors', id: 'door' },
    partitions: 12,
    retention: days(3),
    segment: hours(6),
    maxRecordBytes: 100_000,
  }),
  context: {
    schedule: {
      source: topic('building.schedule.changed', { key: 'door', time: 'at', events: { changed: Opened } }),
      maxAge: hours(2),
      history: hours(6),
    },
  },
  features: {
    ...validOptions.features,
    budget: { fetch: millis(600), process: millis(300), emit: millis(50) },
    mapping: { window: millis(0), pollers: { min: 2, max: 2 } },
    foldVersion: 3,
    maxRowBytes: 10_000,
    recentIds: 16,
    holes: 0,
  },
  inference: {
    ...validOptions.inference,
    budget: { process: millis(40) },
    late: 'suppress',
    snapshot: 'values',
    giveUp: { after: seconds(20), attempts: 3 },
    mapping: {
      group: 'doors/inference',
      batchSize: 1,
      window: seconds(1),
      start: { at: '2026-01-01T00:00:00+01:00' },
      retries: 'infinite',
      maxAge: 'infinite',
      bisect: false,
      onFailure: 'none',
      minimumWait: millis(200),
      timeout: minutes(14),
    },
  },
  action: { ...validOptions.action, late: 'flag', mapping: { pollers: 'on-demand' } },
  keyRetention: days(30),
  alarms: { lag: 100, pageAt: [10, 5], ticketAt: 2 },
} satisfies AnyTriggerOptions;

type Plain = Readonly<Record<string, unknown>>;

/** A copy with the value at a dotted path replaced. Options of a topic stand under `.options`. */
export const withValue = (options: object, path: string, value: unknown): AnyTriggerOptions => {
  const replaced = (target: Plain, names: readonly string[]): Plain => {
    const [name = '', ...rest] = names;
    const inner = (target[name] ?? {}) as Plain;
    return { ...target, [name]: rest.length === 0 ? value : replaced(inner, rest) };
  };
  return replaced(options as Plain, path.split('.')) as unknown as AnyTriggerOptions;
};
