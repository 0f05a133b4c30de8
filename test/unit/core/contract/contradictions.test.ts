import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import type { AnyTriggerOptions } from '../../../../lib/core/contract/options.ts';
import { resolveContract } from '../../../../lib/core/contract/resolve.ts';
import { existingTopic, topic } from '../../../../lib/core/contract/topics.ts';
import { ConfigError, type Problem } from '../../../../lib/core/errors.ts';
import { days, hours, millis, minutes, seconds } from '../../../../lib/core/units.ts';
import { configErrorOf } from '../../../support/config-error.ts';
import { fullOptions, validOptions, withValue } from '../../../support/trigger-options.ts';

const problemsOf = (options: AnyTriggerOptions): readonly Problem[] => {
  try {
    resolveContract(options);
  } catch (thrown) {
    if (thrown instanceof ConfigError && thrown.code === 'CONTRACT_INVALID') return thrown.problems;
    throw thrown;
  }
  return [];
};

const Event = Type.Object({ door: Type.String(), at: Type.String() });
const created = (name: string): unknown =>
  topic(name, { key: 'door', time: 'at', events: { opened: Event } });
const existing = (name: string): unknown =>
  existingTopic(name, { key: 'door', time: 'at', events: { opened: Event } });
const sourceOf = (options: object): unknown =>
  topic('building.door.opened', { key: 'door', time: 'at', events: { opened: Event }, ...options });
const onDemand = (options: object): unknown => ({ pollers: 'on-demand', ...options });

/** One change of the valid contract, and where it is refused. `got` is a part of what is shown. */
type Row = readonly [what: string, path: string, value: unknown, at: string, got?: string];

const rows: readonly Row[] = [
  // names
  ['a pipeline that is not kebab-case', 'pipeline', 'DoorWatch', 'pipeline', '"DoorWatch"'],
  ['a pipeline of 64 characters', 'pipeline', 'a'.repeat(64), 'pipeline'],
  ['a version that is not semantic', 'version', '1.2', 'version', '"1.2"'],
  ['a version with a leading zero', 'version', '01.2.0', 'version'],
  ['an owner of blanks', 'owner', '  ', 'owner'],
  ['a created topic of two parts', 'source', created('building.door'), 'source.name', '"building.door"'],
  ['a created topic of four parts', 'source', created('prod.building.door.opened'), 'source.name'],
  ['a created topic in capitals', 'source', created('Building.door.opened'), 'source.name'],
  ['a created topic too long for its letters', 'source', created(`a.b.${'c'.repeat(209)}`), 'source.name'],
  ['an existing topic that Kafka refuses', 'source', existing('orders v2'), 'source.name', '"orders v2"'],
  ['an existing topic without a name', 'source', existing(''), 'source.name'],
  ['an existing topic named ..', 'source', existing('..'), 'source.name'],
  ['an existing topic too long', 'source', existing('a'.repeat(246)), 'source.name', '246'],
  ['its own output as source', 'source', created('building.door-watch.decision'), 'source.name'],
  ['a colon in a group id', 'action.mapping', { group: 'a:b' }, 'action.mapping.group', '"a:b"'],
  ['a blank in a group id', 'action.mapping', { group: 'a b' }, 'action.mapping.group'],
  ['an empty group id', 'action.mapping', { group: '' }, 'action.mapping.group'],
  ['a group id too long', 'action.mapping', { group: 'a'.repeat(201) }, 'action.mapping.group', '201'],
  [
    'one group for two stages',
    'inference.mapping',
    { group: 'door-watch.features' },
    'inference.mapping.group',
    'features',
  ],
  // schemas
  ['no events', 'source', sourceOf({ events: {} }), 'source.events'],
  ['a key that no event has', 'source', sourceOf({ key: 'room' }), 'source.key', 'no such member'],
  [
    'a key that is optional',
    'source',
    sourceOf({ events: { opened: Type.Object({ door: Type.Optional(Type.String()), at: Type.String() }) } }),
    'source.key',
    'optional',
  ],
  [
    'a key that one event of two lacks',
    'source',
    sourceOf({ events: { opened: Event, closed: Type.Object({ at: Type.String() }) } }),
    'source.key',
    '"closed"',
  ],
  ['a time that no event has', 'source', sourceOf({ time: 'when' }), 'source.time'],
  [
    'a time that is a number',
    'source',
    sourceOf({ events: { opened: Type.Object({ door: Type.String(), at: Type.Integer() }) } }),
    'source.time',
    'integer',
  ],
  [
    'a key that may be null',
    'source',
    sourceOf({
      events: { opened: Type.Object({ door: Type.Union([Type.String(), Type.Null()]), at: Type.String() }) },
    }),
    'source.key',
    'null',
  ],
  [
    'an id that no event has',
    'source',
    sourceOf({ identify: { source: '/doors', id: 'number' } }),
    'source.identify.id',
  ],
  [
    'a type that no event has',
    'source',
    sourceOf({ identify: { source: '/doors', id: 'door', type: 'kind' } }),
    'source.identify.type',
  ],
  [
    'a time of publication that no event has',
    'source',
    sourceOf({ identify: { source: '/doors', id: 'door', publishedAt: 'sent' } }),
    'source.identify.publishedAt',
  ],
  [
    'event types that nothing tells apart',
    'source',
    sourceOf({ events: { opened: Event, closed: Event }, identify: { source: '/doors', id: 'door' } }),
    'source.identify.type',
  ],
  [
    'an empty source of identity',
    'source',
    sourceOf({ identify: { source: '', id: 'door' } }),
    'source.identify.source',
  ],
  // numbers
  ['a negative deadline', 'deadline', seconds(-1), 'deadline', '-1000 ms'],
  ['a deadline that is not a number', 'deadline', seconds(Number.NaN), 'deadline', 'NaN'],
  ['an endless target', 'freshness.target', seconds(Infinity), 'freshness.target', 'Infinity'],
  ['a target of nothing', 'freshness.target', seconds(0), 'freshness.target', '0 ms'],
  ['half a partition', 'source', sourceOf({ partitions: 1.5 }), 'source.partitions', '1.5'],
  ['no partitions', 'source', sourceOf({ partitions: 0 }), 'source.partitions'],
  ['a negative retention', 'source', sourceOf({ retention: days(-1) }), 'source.retention'],
  ['no attempts', 'action.giveUp.attempts', 0, 'action.giveUp.attempts'],
  ['a limit of nothing', 'action.limit', { perMinute: 0 }, 'action.limit'],
  ['a negative lag', 'alarms', { lag: -1 }, 'alarms.lag'],
  ['a negative budget', 'features.budget', millis(-5), 'features.budget'],
  ['a negative part of a budget', 'features.budget', { process: millis(-5) }, 'features.budget.process'],
  ['a negative number of holes', 'features.holes', -1, 'features.holes'],
  ['a burn rate that is not a number', 'alarms', { pageAt: [Number.NaN, 6] }, 'alarms.pageAt[0]'],
  // times
  ['an objective of 1', 'freshness.objective', 1, 'freshness.objective', '1'],
  ['an objective in percent', 'freshness.objective', 99, 'freshness.objective', '99'],
  ['a burn rate that can never be reached', 'freshness.objective', 0.93, 'alarms.pageAt[0]', '1.008'],
  ['a ticket that can never be opened', 'alarms', { ticketAt: 100 }, 'alarms.ticketAt', '100'],
  ['a deadline below the target', 'freshness.target', seconds(61), 'deadline', '1 min'],
  ['hops that are longer than the target', 'freshness.target', millis(5_999), 'freshness.target', '6000 ms'],
  [
    'a window that makes the hops too long',
    'action',
    { ...validOptions.action, mapping: { window: seconds(3) } },
    'freshness.target',
    '11000 ms',
  ],
  [
    'a window above the fetch budget',
    'features.budget',
    { fetch: millis(499), process: millis(1) },
    'features.mapping.window',
    '500 ms',
  ],
  [
    'an external call where there is none',
    'features.budget',
    { process: millis(10), external: millis(10) },
    'features.budget.external',
  ],
  ['a budget that cannot be split', 'inference.budget', millis(4), 'inference.budget', '4 ms'],
  [
    'a timeout above 14 minutes',
    'action.mapping',
    { timeout: minutes(15) },
    'action.mapping.timeout',
    '15 min',
  ],
  ['a timeout in parts of a second', 'action.mapping', { timeout: millis(1_500) }, 'action.mapping.timeout'],
  ['a budget above the timeout', 'action.mapping', { timeout: seconds(1) }, 'action.budget', '1500 ms'],
  ['a wait above the timeout', 'action.mapping', { minimumWait: seconds(30) }, 'action.mapping.minimumWait'],
  [
    'giving up after the deadline where late is suppressed',
    'action.giveUp.after',
    seconds(61),
    'action.giveUp.after',
    '61 s',
  ],
  [
    'inference giving up after the deadline where late is suppressed',
    'inference',
    { ...validOptions.inference, late: 'suppress', giveUp: { after: seconds(61), attempts: 1 } },
    'inference.giveUp.after',
    '61 s',
  ],
  // mapping
  ['a batch of nothing', 'features.mapping', { batchSize: 0 }, 'features.mapping.batchSize'],
  ['a batch of 10,001', 'features.mapping', { batchSize: 10_001 }, 'features.mapping.batchSize', '10001'],
  ['a window of 250 ms', 'features.mapping', { window: millis(250) }, 'features.mapping.window', '250 ms'],
  [
    'pollers above the partitions',
    'features.mapping',
    { pollers: { min: 1, max: 7 } },
    'features.mapping.pollers.max',
    '7',
  ],
  [
    'pollers above the partitions of a later stage',
    'action.mapping',
    { pollers: { min: 7, max: 7 } },
    'action.mapping.pollers.max',
  ],
  [
    'more pollers at least than at most',
    'features.mapping',
    { pollers: { min: 3, max: 2 } },
    'features.mapping.pollers.max',
  ],
  ['LATEST', 'features.mapping', { start: 'LATEST' }, 'features.mapping.start', 'LATEST'],
  [
    'a start without a zone',
    'features.mapping',
    { start: { at: '2026-01-01T00:00:00' } },
    'features.mapping.start.at',
  ],
  ['too many retries', 'features.mapping', { retries: 10_001 }, 'features.mapping.retries', '10001'],
  ['retries that give up before giveUp', 'action.mapping', { retries: 44 }, 'action.mapping.retries', '44 s'],
  [
    'retries of inference that give up before the giveUp of action',
    'inference.mapping',
    { minimumWait: millis(500), retries: 89 },
    'inference.mapping.retries',
    '89',
  ],
  ['an age below a minute', 'features.mapping', { maxAge: seconds(59) }, 'features.mapping.maxAge', '59 s'],
  ['an age above a week', 'features.mapping', { maxAge: days(8) }, 'features.mapping.maxAge', '8 d'],
  [
    'infinite retries with the default destination',
    'features.mapping',
    { retries: 'infinite' },
    'features.mapping.onFailure',
    'infinite retries',
  ],
  [
    'infinite retries with a bucket',
    'action.mapping',
    { retries: 'infinite', onFailure: 'bucket' },
    'action.mapping.onFailure',
    '"bucket"',
  ],
  ['a bucket on demand', 'features.mapping', onDemand({ onFailure: 'bucket' }), 'features.mapping.onFailure'],
  [
    'retries on demand',
    'features.mapping',
    onDemand({ retries: 5 }),
    'features.mapping.retries',
    'on-demand',
  ],
  [
    'an age on demand',
    'features.mapping',
    onDemand({ maxAge: hours(1) }),
    'features.mapping.maxAge',
    'on-demand',
  ],
  [
    'bisect on demand',
    'features.mapping',
    onDemand({ bisect: true }),
    'features.mapping.bisect',
    'on-demand',
  ],
  [
    'a dead-letter topic on demand',
    'features.mapping',
    onDemand({ onFailure: 'dead-letter-topic' }),
    'features.mapping.onFailure',
    'on-demand',
  ],
  // retention
  ['a key retention below that of the topic', 'keyRetention', { ms: days(9).ms - 1 }, 'keyRetention'],
  [
    'records above what a letter may hold',
    'source',
    sourceOf({ maxRecordBytes: 4_300_000 }),
    'source.maxRecordBytes',
  ],
  ['a row above an item', 'features.maxRowBytes', 400_001, 'features.maxRowBytes'],
];

const contextRows: readonly Row[] = [
  ['a context age above its history', 'context.schedule.maxAge', hours(7), 'context.schedule.maxAge', '7 h'],
  ['a name of no context', 'context', { The_Schedule: fullOptions.context.schedule }, 'context.The_Schedule'],
  [
    'a created context topic of one part',
    'context.schedule.source.name',
    'schedule',
    'context.schedule.source.name',
  ],
  [
    'a context without events',
    'context.schedule.source.options.events',
    {},
    'context.schedule.source.events',
  ],
  [
    'a context key that is not there',
    'context.schedule.source.options.key',
    'room',
    'context.schedule.source.key',
  ],
  [
    'a window of a context above its fetch budget',
    'context.schedule.budget',
    { fetch: millis(1), process: millis(1) },
    'context.schedule.mapping.window',
  ],
  [
    'a context with an external call',
    'context.schedule.budget',
    { process: millis(1), external: millis(1) },
    'context.schedule.budget.external',
  ],
  ['LATEST of a context', 'context.schedule.mapping', { start: 'LATEST' }, 'context.schedule.mapping.start'],
  [
    'the group of a stage for a context',
    'context.schedule.mapping',
    { group: 'door-watch.action' },
    'action.mapping.group',
    'context.schedule',
  ],
  [
    'large records of a context',
    'context.schedule.source.options.maxRecordBytes',
    5_000_000,
    'context.schedule.source.maxRecordBytes',
  ],
];

/** What became of a row: where it was refused, and whether every problem says all that a reader needs. */
const refusal = (base: object, [, path, value, at, got]: Row): object => {
  const problems = problemsOf(withValue(base, path, value));
  return {
    at: problems.map((problem) => problem.path),
    complete: problems.every((problem) => problem.got && problem.expected && problem.fix),
    shown: got === undefined || problems.find((problem) => problem.path === at)?.got.includes(got),
  };
};
const refusedAt = ([, , , at]: Row): object => ({ at: [at], complete: true, shown: true });

describe('a contract is refused for', () => {
  it.each(rows.map((row) => ({ what: row[0], row })))('$what', ({ row }) => {
    expect(refusal(validOptions, row)).toEqual(refusedAt(row));
  });
  it.each(contextRows.map((row) => ({ what: row[0], row })))('$what', ({ row }) => {
    expect(refusal(fullOptions, row)).toEqual(refusedAt(row));
  });

  it('an inherited giveUp beyond the deadline, where it is written', () => {
    const flagged = withValue(validOptions, 'action.late', 'flag');
    const late = withValue(
      withValue(flagged, 'inference.late', 'suppress'),
      'action.giveUp.after',
      seconds(61),
    );
    expect(problemsOf(withValue(flagged, 'action.giveUp.after', seconds(61)))).toEqual([]);
    expect(problemsOf(late).map(({ path }) => path)).toEqual(['action.giveUp.after']);
  });

  it('a burn rate that is exactly never exceeded', () => {
    const half = withValue(withValue(validOptions, 'freshness.objective', 0.5), 'alarms', {
      pageAt: [1.9, 1.9],
      ticketAt: 2,
    });
    expect(problemsOf(half)).toMatchObject([{ path: 'alarms.ticketAt', got: '2 × (1 − 0.5) = 1' }]);
  });

  it('more pollers than Lambda has', () => {
    const wide = withValue(validOptions, 'source', sourceOf({ partitions: 2_001 }));
    const polled = (max: number): readonly Problem[] =>
      problemsOf(withValue(wide, 'features.mapping', { pollers: { min: 200, max } }));
    expect(polled(2_000)).toEqual([]);
    expect(polled(2_001)).toMatchObject([{ path: 'features.mapping.pollers.max', got: '2001' }]);
    const eager = withValue(wide, 'features.mapping', { pollers: { min: 201, max: 201 } });
    expect(problemsOf(eager)).toMatchObject([{ path: 'features.mapping.pollers.min', got: '201' }]);
  });

  it('a wait of nothing, told once', () => {
    const hasty = withValue(validOptions, 'action.mapping', { minimumWait: seconds(0), retries: 20 });
    expect(problemsOf(hasty).map(({ path }) => path)).toEqual(['action.mapping.minimumWait']);
  });

  it('what the mapping drops by age while it is still being tried', () => {
    const patient = {
      ...validOptions.action,
      late: 'flag',
      giveUp: { after: minutes(2), attempts: 5 },
      mapping: { maxAge: seconds(60) },
    };
    expect(
      problemsOf(withValue({ ...validOptions, inference: { ...validOptions.inference } }, 'action', patient)),
    ).toMatchObject([{ path: 'action.mapping.maxAge', got: '1 min' }]);
  });
});

describe('the bounds themselves are allowed', () => {
  it('a context as old as its history', () => {
    expect(problemsOf(withValue(fullOptions, 'context.schedule.maxAge', hours(6)))).toEqual([]);
  });

  const allowed: readonly (readonly [what: string, path: string, value: unknown])[] = [
    ['a pipeline of 63 characters', 'pipeline', 'a'.repeat(63)],
    ['a version with a pre-release and a build', 'version', '1.0.0-rc.1+5'],
    ['a short created topic with digits', 'source', created('a1.b-2.c')],
    ['an existing topic of 245 characters', 'source', existing('A_b-c.d'.padEnd(245, 'x'))],
    ['a group of 167 characters', 'action.mapping', { group: 'a'.repeat(167) }],
    ['the largest batch', 'action.mapping', { batchSize: 10_000 }],
    ['the longest timeout', 'action.mapping', { timeout: minutes(14) }],
    ['the shortest age', 'features.mapping', { maxAge: seconds(60) }],
    ['the longest age', 'features.mapping', { maxAge: days(7) }],
    ['the most retries', 'features.mapping', { retries: 10_000 }],
    ['no retries where nothing gives up', 'features.mapping', { retries: 0 }],
    ['retries that just last', 'action.mapping', { retries: 45 }],
    ['as many pollers as partitions', 'features.mapping', { pollers: { min: 6, max: 6 } }],
    ['a start with a zone', 'features.mapping', { start: { at: '2026-01-01T00:00:00Z' } }],
    ['hops that just fit', 'freshness.target', millis(6_000)],
    ['a deadline equal to the target', 'deadline', seconds(45)],
    [
      'a budget as long as the timeout',
      'inference.mapping',
      { timeout: seconds(1), minimumWait: millis(500) },
    ],
    ['giving up at the deadline', 'action.giveUp.after', seconds(60)],
    [
      'as old as it is tried',
      'action',
      { ...validOptions.action, giveUp: { after: minutes(1), attempts: 1 }, mapping: { maxAge: minutes(1) } },
    ],
    ['the largest row', 'features.maxRowBytes', 400_000],
    ['the longest created topic', 'source', created(`a.b.${'c'.repeat(208)}`)],
    ['the most pollers', 'source', sourceOf({ partitions: 2_001 })],
    ['the least that can be split', 'inference.budget', millis(5)],
    ['the least key retention', 'keyRetention', days(9)],
    ['a burn rate just below', 'freshness.objective', 0.9306],
    ['the largest record', 'source', sourceOf({ maxRecordBytes: 4_500_000 - 256 * 1024 - 64 * 1024 })],
    [
      'what on demand is anyway',
      'features.mapping',
      onDemand({ retries: 'infinite', bisect: false, onFailure: 'none' }),
    ],
    [
      'an event made of two',
      'source',
      sourceOf({ events: { opened: Type.Intersect([Event, Type.Object({ extra: Type.String() })]) } }),
    ],
    [
      'a key of several constants',
      'source',
      sourceOf({
        events: {
          opened: Type.Object({
            door: Type.Union([Type.Literal('a'), Type.Literal('b')]),
            at: Type.String(),
          }),
        },
      }),
    ],
  ];
  it.each(allowed)('%s', (what, path, value) => {
    const base =
      what === 'a deadline equal to the target'
        ? withValue(validOptions, 'freshness.target', seconds(45))
        : validOptions;
    expect(problemsOf(withValue(base, path, value))).toEqual([]);
  });
});

describe('all at once', () => {
  it('says whose contract it is, and how much is wrong with it', () => {
    const message = (options: AnyTriggerOptions): string | undefined =>
      configErrorOf(() => resolveContract(options)).message.split('\n')[0];
    const ownerless = withValue(validOptions, 'owner', '');
    expect(message(ownerless)).toBe('the contract of "door-watch" has a problem:');
    expect(message(withValue(ownerless, 'version', 'one'))).toBe(
      'the contract of "door-watch" has 2 problems:',
    );
    expect(message(withValue(validOptions, 'pipeline', ''))).toMatch(/^the contract has a problem:$/);
    expect(message(withValue(validOptions, 'pipeline', 7))).toMatch(/^the contract has a problem:$/);
  });

  it('reports contradictions of different areas together, and each in its message', () => {
    const options = [
      ['pipeline', 'Door Watch'],
      ['deadline', seconds(1)],
      ['features.mapping', { start: 'LATEST', group: 'a:b' }],
      ['action.mapping', { retries: 1 }],
    ].reduce<AnyTriggerOptions>(
      (base, [path, value]) => withValue(base, path as string, value),
      validOptions,
    );
    const { problems, message } = configErrorOf(() => resolveContract(options));
    const paths = problems.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'pipeline',
        'deadline',
        'action.giveUp.after',
        'features.mapping.start',
        'features.mapping.group',
        'action.mapping.retries',
      ]),
    );
    expect(new Set(paths).size).toBe(paths.length);
    for (const path of paths) expect(message).toContain(`${path}: got `);
  });

  it('tells a value that is no number once, and the rest beside it', () => {
    const options = withValue(
      withValue(validOptions, 'action.mapping', { batchSize: Number.NaN, window: seconds(-1) }),
      'owner',
      '',
    );
    expect(problemsOf(options).map(({ path }) => path)).toEqual([
      'owner',
      'action.mapping.batchSize',
      'action.mapping.window',
    ]);
  });
});
