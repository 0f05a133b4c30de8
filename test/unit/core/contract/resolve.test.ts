import { describe, expect, it } from 'vitest';
import { resolveContract } from '../../../../lib/core/contract/resolve.ts';
import { existingTopic } from '../../../../lib/core/contract/topics.ts';
import { defineTrigger } from '../../../../lib/core/contract/trigger.ts';
import { atMostOnce } from '../../../../lib/core/contract/policies.ts';
import { days, minutes, perMinute, seconds } from '../../../../lib/core/units.ts';
import { fullOptions, validOptions, withValue } from '../../../support/trigger-options.ts';

const dayMs = 86_400_000;

const defaultMapping = {
  batchSize: 100,
  windowMs: 500,
  pollers: { min: 1, max: 1 },
  startAt: null,
  retries: 20,
  maxAgeMs: dayMs,
  bisect: true,
  partialResponses: true,
  onFailure: 'dead-letter-topic',
  minimumWaitMs: 1_000,
  timeoutMs: 30_000,
};

const between = (name: string): object => ({
  kind: 'created',
  name,
  partitions: 6,
  retentionMs: 7 * dayMs,
  segmentMs: dayMs,
  maxRecordBytes: 983_040,
  deadLetters: `${name}.dlq`,
});

describe('defaults', () => {
  it('are all filled in, once', () => {
    expect(resolveContract(validOptions)).toEqual({
      pipeline: 'door-watch',
      version: '1.2.0',
      owner: 'facilities',
      freshness: { targetMs: 10_000, objective: 0.99 },
      deadlineMs: 60_000,
      source: {
        ...between('building.door.opened'),
        key: 'door',
        time: 'at',
        events: validOptions.source.options.events,
        format: { format: 'json' },
        unknown: 'dead-letter',
        identify: null,
      },
      context: {},
      features: {
        budget: { fetchMs: 500, processMs: 400, externalMs: 0, emitMs: 100 },
        mapping: { ...defaultMapping, group: 'door-watch.features' },
        row: validOptions.features.row,
        output: validOptions.features.output,
        memoryMs: 3_600_000,
        foldVersion: 1,
        maxRowBytes: 350_000,
        recentIds: 128,
        holes: 64,
      },
      inference: {
        budget: { fetchMs: 500, processMs: 200, externalMs: 600, emitMs: 200 },
        mapping: { ...defaultMapping, group: 'door-watch.inference', retries: 90 },
        output: validOptions.inference.output,
        late: 'flag',
        snapshot: 'reference',
        giveUp: { afterMs: 45_000, attempts: 5 },
      },
      action: {
        budget: { fetchMs: 500, processMs: 300, externalMs: 900, emitMs: 300 },
        mapping: { ...defaultMapping, group: 'door-watch.action', retries: 90 },
        effect: 'keyed',
        late: 'suppress',
        limitPerMinute: 60,
        giveUp: { afterMs: 45_000, attempts: 5 },
      },
      vectors: between('building.door-watch.vector'),
      decisions: between('building.door-watch.decision'),
      outcomes: between('building.door-watch.outcome'),
      largePayloads: 'dead-letter',
      keyRetentionMs: 9 * dayMs,
      alarms: { lag: 5_000, pageAt: [14.4, 6], ticketAt: 1 },
      warnings: [],
    });
  });

  it('give way to what is written', () => {
    const resolved = resolveContract(fullOptions);
    expect(resolved.source).toMatchObject({
      kind: 'existing',
      name: 'Doors_v2',
      deadLetters: 'Doors_v2.dlq',
      unknown: 'ignore',
      identify: { source: '/doors', id: 'door' },
      partitions: 12,
      retentionMs: 3 * dayMs,
      segmentMs: dayMs / 4,
      maxRecordBytes: 100_000,
    });
    expect(resolved.features).toMatchObject({
      budget: { fetchMs: 600, processMs: 300, externalMs: 0, emitMs: 50 },
      mapping: { windowMs: 0, pollers: { min: 2, max: 2 } },
      foldVersion: 3,
      maxRowBytes: 10_000,
      recentIds: 16,
      holes: 0,
    });
    expect(resolved.inference).toMatchObject({
      budget: { fetchMs: 1_000, processMs: 40, externalMs: 40, emitMs: 100 },
      late: 'suppress',
      snapshot: 'values',
      giveUp: { afterMs: 20_000, attempts: 3 },
      mapping: {
        group: 'doors/inference',
        batchSize: 1,
        windowMs: 1_000,
        pollers: { min: 1, max: 1 },
        startAt: '2026-01-01T00:00:00+01:00',
        retries: -1,
        maxAgeMs: -1,
        bisect: false,
        partialResponses: true,
        onFailure: 'none',
        minimumWaitMs: 200,
        timeoutMs: 840_000,
      },
    });
    expect(resolved.action.late).toBe('flag');
    expect(resolved.keyRetentionMs).toBe(30 * dayMs);
    expect(resolved.alarms).toEqual({ lag: 100, pageAt: [10, 5], ticketAt: 2 });
  });

  it('leave a mapping on demand without error controls', () => {
    expect(resolveContract(fullOptions).action.mapping).toEqual({
      ...defaultMapping,
      group: 'door-watch.action',
      pollers: null,
      retries: -1,
      maxAgeMs: -1,
      bisect: false,
      partialResponses: false,
      onFailure: 'none',
    });
  });

  it('give a context a stage of its own', () => {
    expect(resolveContract(fullOptions).context['schedule']).toMatchObject({
      maxAgeMs: 2 * 3_600_000,
      historyMs: 6 * 3_600_000,
      whenStale: 'flag',
      budget: { fetchMs: 500, processMs: 400, externalMs: 0, emitMs: 100 },
      mapping: { ...defaultMapping, group: 'door-watch.context-schedule' },
      source: { name: 'building.schedule.changed', deadLetters: 'building.schedule.changed.dlq' },
    });
  });

  it('name the topics of the stages after the pipeline where the source promises no domain', () => {
    const resolved = resolveContract(fullOptions);
    expect([resolved.vectors.name, resolved.decisions.name, resolved.outcomes.name]).toEqual([
      'door-watch.door-watch.vector',
      'door-watch.door-watch.decision',
      'door-watch.door-watch.outcome',
    ]);
    expect(resolved.vectors).toMatchObject({
      kind: 'created',
      partitions: 12,
      retentionMs: 3 * dayMs,
      segmentMs: dayMs / 4,
      maxRecordBytes: 983_040,
    });
  });

  it('remember keys for as long as the topics of the chain can bring them back', () => {
    const retained = withValue(validOptions, 'source.options.retention', days(20));
    expect(resolveContract(retained).keyRetentionMs).toBe(22 * dayMs);
  });

  it('fetch for 250 ms where there is no window', () => {
    const resolved = resolveContract(withValue(validOptions, 'action.mapping', { window: seconds(0) }));
    expect(resolved.action.budget.fetchMs).toBe(250);
    expect(resolved.inference.budget.fetchMs).toBe(500);
  });

  it('retry twice as long as giving up takes', () => {
    const slow = withValue(withValue(validOptions, 'deadline', minutes(10)), 'action', {
      ...validOptions.action,
      giveUp: { after: minutes(10), attempts: 5 },
      mapping: { minimumWait: seconds(7) },
    });
    expect(resolveContract(slow).action.mapping.retries).toBe(2 * 86);
  });

  it('retry no more often than Lambda can, as long as that outlasts giving up', () => {
    const quick = withValue(validOptions, 'action.mapping', { minimumWait: { ms: 5 } });
    expect(resolveContract(quick).action.mapping.retries).toBe(10_000);
    const quicker = withValue(validOptions, 'action.mapping', { minimumWait: { ms: 4 } });
    expect(() => resolveContract(quicker)).toThrow(
      /action\.mapping\.retries: got 10000 retries × 4 ms = 40 s;/,
    );
  });

  it('lose nothing of a plain budget when it is split', () => {
    const { budget } = resolveContract(withValue(validOptions, 'action.budget', { ms: 7 })).action;
    expect(budget.processMs + budget.externalMs + budget.emitMs).toBe(7);
  });

  it('say which policy an effect has', () => {
    const once = { ...validOptions, action: { ...validOptions.action, effect: atMostOnce() } };
    expect(defineTrigger(once).resolved.action.effect).toBe('at-most-once');
  });
});

const warningsOf = (path: string, value: unknown): readonly string[] =>
  resolveContract(withValue(validOptions, path, value)).warnings;

const existing = (options: object): unknown =>
  existingTopic('Doors_v2', {
    key: 'door',
    time: 'at',
    events: validOptions.source.options.events,
    ...options,
  });

describe('warnings', () => {
  const rows: readonly (readonly [what: string, path: string, value: unknown, about: string])[] = [
    ['an existing topic without identities', 'source', existing({ partitions: 3 }), 'source.identify'],
    [
      'an existing topic of unknown size',
      'source',
      existing({ identify: { source: '/doors', id: 'door' } }),
      'source.partitions',
    ],
    ['records above a default broker', 'source.options.maxRecordBytes', 1_000_000, 'source.maxRecordBytes'],
    [
      'pollers that come and go',
      'features.mapping',
      { pollers: { min: 1, max: 2 } },
      'features.mapping.pollers',
    ],
    ['pollers on demand', 'features.mapping', { pollers: 'on-demand' }, 'features.mapping.pollers'],
    ['nowhere to give up to', 'action.mapping', { onFailure: 'none' }, 'action.mapping.onFailure'],
    [
      'no limit at all',
      'action.mapping',
      { retries: 'infinite', maxAge: 'infinite', onFailure: 'none' },
      'action.mapping.retries',
    ],
    [
      'infinite retries until an age, and then nowhere',
      'action.mapping',
      { retries: 'infinite', onFailure: 'none' },
      'action.mapping.onFailure',
    ],
    [
      'any age until the retries end, and then nowhere',
      'action.mapping',
      { maxAge: 'infinite', onFailure: 'none' },
      'action.mapping.onFailure',
    ],
    ['a memory longer than the source', 'features.memory', days(8), 'features.memory'],
    ['no limit on the effect', 'action.limit', undefined, 'action.limit'],
  ];
  it.each(rows)('%s', (_what, path, value, about) => {
    expect(warningsOf(path, value).map((warning) => warning.split(': ')[0])).toEqual([about]);
  });

  it('few pollers for many partitions', () => {
    expect(warningsOf('source.options.partitions', 10)).toEqual([]);
    const abouts = warningsOf('source.options.partitions', 11).map((warning) => warning.split(': ')[0]);
    expect(abouts).toEqual([
      'features.mapping.pollers',
      'inference.mapping.pollers',
      'action.mapping.pollers',
    ]);
  });

  it('a history longer than its topic', () => {
    const { warnings } = resolveContract(withValue(fullOptions, 'context.schedule.history', days(8)));
    expect(warnings.filter((warning) => warning.startsWith('context.'))).toHaveLength(1);
  });

  it('not of what is just at its bound, or known', () => {
    expect(warningsOf('source.options.maxRecordBytes', 983_040)).toEqual([]);
    expect(warningsOf('features.memory', days(7))).toEqual([]);
    expect(warningsOf('features.mapping', { maxAge: 'infinite' })).toEqual([]);
    const { warnings } = resolveContract(withValue(fullOptions, 'context.schedule.history', days(7)));
    expect(warnings.filter((warning) => warning.startsWith('context.'))).toEqual([]);
  });

  it('not of a limit that is there', () => {
    expect(warningsOf('action.limit', perMinute(1))).toEqual([]);
  });
});
