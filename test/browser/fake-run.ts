import type { PageHello } from '../../lib/local/page/protocol/page-api.ts';
import type {
  PageDecision,
  PagePoint,
  PageRowChanges,
  PageRowDetails,
  PageRows,
  PageState,
} from '../../lib/local/page/protocol/page-state.ts';
import { segments } from '../../lib/local/page/protocol/segments.ts';

export const fakeTopics = {
  source: 'flights.departure.observed',
  weather: 'flights.weather.observed',
  vectors: 'departure-delay.vector.computed',
  decisions: 'departure-delay.decision.made',
  outcomes: 'departure-delay.outcome.recorded',
};

export const fakeStartedAt = Date.parse('2026-08-20T10:00:00Z');
const simulatedFrom = Date.parse('2013-01-01T10:00:00Z');

/** Moves like a run: the same number, the same value. */
const wave = (n: number, period: number, low: number, high: number): number =>
  low + ((high - low) * (1 + Math.sin((2 * Math.PI * n) / period))) / 2;

export const fakeTimes = (n: number, scale: number) => ({
  append: Math.round(wave(n, 41, 10, 25) * scale),
  receive: Math.round(wave(n, 33, 12, 130) * scale),
  process: Math.round(wave(n, 27, 7, 55) * scale),
  external: Math.round(wave(n, 53, 8, 35) * scale),
  emit: Math.round(wave(n, 61, 6, 14) * scale),
});

const stageOf = (
  name: string,
  reads: string,
  writes: string | null,
  n: number,
  share: number,
): PageState['stages'][number] => {
  const p50 = fakeTimes(n, share);
  const whole = Object.values(p50).reduce((sum, ms) => sum + ms, 0);
  return {
    name,
    reads,
    writes,
    deadLetterTopic: `${reads}.dlq`,
    perSecond: Math.round(wave(n, 37, 180, 260) * share),
    lag: Math.round(wave(n, 19, 0, 900) * share),
    firstUncommittedMs: Math.round(wave(n, 19, 0, 700) * share),
    freshnessMs: n === 0 ? null : { p50: whole, p99: whole * 5 },
    segmentsMs: Object.fromEntries(
      Object.entries(p50).map(([segment, ms]) => [segment, n === 0 ? null : { p50: ms, p99: ms * 5 }]),
    ),
    brokenBy: null,
    deadLetters: 0,
    workers: { alive: 1, ended: 0 },
    trouble: null,
  };
};

/** A run at its n-th half second. */
export const fakeState = (n: number, different: Partial<PageState> = {}): PageState => {
  const received = n * 120;
  const scored = Math.floor(received / 2);
  const warned = Math.floor(scored / 12);
  const settled = (all: number): number => Math.max(0, all - Math.round(wave(n, 19, 0, 40)));
  const stages = [
    stageOf('context-weather', fakeTopics.weather, null, n, 0.1),
    stageOf('features', fakeTopics.source, fakeTopics.vectors, n, 0.4),
    stageOf('inference', fakeTopics.vectors, fakeTopics.decisions, n, 0.7),
    stageOf('action', fakeTopics.decisions, fakeTopics.outcomes, n, 1),
  ];
  const topic = (
    name: string,
    kind: PageState['topics'][number]['kind'],
    records: number,
    writtenBy: string | null,
    readBy: string | null,
  ): PageState['topics'][number] => ({
    name,
    kind,
    records,
    perSecond: kind === 'dead-letters' ? 0 : Math.round(wave(n, 37, 100, 260)),
    writtenBy,
    readBy,
  });
  return {
    pipeline: 'departure-delay',
    runId: 'run-1',
    at: fakeStartedAt + n * 500,
    simulated: simulatedFrom + n * 7_200_000,
    played: received,
    toPlay: 55_713,
    phase: n === 0 ? 'starting' : 'playing',
    problem: null,
    target: { ms: 5_000, objective: 0.99 },
    kept: {
      share: n === 0 ? null : 0.9987,
      lost: 0,
      brokenMostBy: n === 0 ? null : 'features.receive',
      budgetLeft: n === 0 ? null : 0.87,
    },
    topics: [
      topic(fakeTopics.source, 'source', received, null, 'features'),
      topic(fakeTopics.weather, 'context', n * 5, null, 'context-weather'),
      topic(fakeTopics.vectors, 'vectors', scored, 'features', 'inference'),
      topic(fakeTopics.decisions, 'decisions', scored, 'inference', 'action'),
      topic(fakeTopics.outcomes, 'outcomes', scored, 'action', null),
      ...stages.map(({ name, deadLetterTopic }) => topic(deadLetterTopic, 'dead-letters', 0, name, null)),
    ],
    stages,
    contexts: [
      {
        name: 'weather',
        maxAgeMs: 7_200_000,
        oldestAgeMs: n === 0 ? null : 2_520_000,
        keys: n === 0 ? 0 : 3,
      },
    ],
    books: {
      stages: [
        { name: 'context-weather', received: n * 5, settled: n * 5, verdicts: { 'state-only': n * 5 } },
        {
          name: 'features',
          received,
          settled: settled(received),
          verdicts: { done: scored, 'state-only': scored },
        },
        { name: 'inference', received: scored, settled: settled(scored), verdicts: { done: scored } },
        {
          name: 'action',
          received: scored,
          settled: settled(scored),
          verdicts: { done: warned, 'suppressed(below-threshold)': scored - warned },
        },
      ],
      effects: { done: warned, suppressed: scored - warned, failed: 0, inDoubt: 0 },
      receiver: { requests: warned, distinctKeys: warned, duplicateEffects: 0 },
      balanced: false,
    },
    requestsPerSecond: n === 0 ? 0 : 3.2,
    quality: {
      decisions: scored,
      judged: Math.floor(scored * 0.97),
      auc: n === 0 ? null : 0.752,
      precision: n === 0 ? null : 0.488,
      recall: n === 0 ? null : 0.281,
      calibration:
        n === 0
          ? []
          : [0.05, 0.14, 0.25, 0.34, 0.45, 0.55, 0.64, 0.76].map((score, bin) => ({
              score,
              positive: score * 0.9 + 0.03 * Math.sin(bin * 2),
              count: Math.round(9_000 / (bin + 1) ** 2),
            })),
    },
    controls: {
      isPlayingPaused: false,
      speed: { kind: 'paced', factor: 14_400 },
      receiver: 'answers',
      modelDelayMs: 0,
      isActionPaused: false,
    },
    ...different,
  };
};

export const fakePoint = (n: number): PagePoint => {
  const { stages, simulated, quality } = fakeState(n);
  const { auc, precision, recall } = quality;
  return {
    at: fakeStartedAt + n * 500,
    simulated,
    quality: { auc, precision, recall },
    stages: Object.fromEntries(
      stages.map(({ name, freshnessMs, perSecond, lag, segmentsMs }) => [
        name,
        {
          p50: freshnessMs?.p50 ?? null,
          p99: freshnessMs?.p99 ?? null,
          perSecond,
          lag,
          segmentsMs: segments.flatMap((segment) => {
            const times = segmentsMs[segment];
            return [times?.p50 ?? null, times?.p99 ?? null];
          }),
        },
      ]),
    ),
  };
};

const airports = ['FLL', 'SFO', 'ATL', 'ORD', 'BOS', 'LAX', 'MIA'];
const carriers = ['B6', 'UA', 'EV', 'DL', 'AA'];

export const fakeDecision = (n: number, outcome: boolean | null = null): PageDecision => {
  const carrier = carriers[n % carriers.length] ?? '';
  const score = Math.round(wave(n, 17, 0.04, 0.71) * 1_000) / 1_000;
  const id = `${carrier}${100 + (n % 900)}-EWR-${n}`;
  return {
    id,
    correlation: `/new-york/departures#${id}/boarding`,
    key: 'EWR',
    at: fakeStartedAt + n * 4,
    score,
    acted: score >= 0.35,
    title: `${carrier}${100 + (n % 900)} EWR → ${airports[n % airports.length] ?? ''}: ${Math.round(score * 100)} % likely to leave 30 min late or more`,
    why: [
      `${carrier} runs ${n % 40} min late at EWR`,
      `${n % 12} flights are past schedule and not gone from EWR`,
      'the time of day, 21:00 UTC',
    ],
    contributions: [
      { feature: 'delayCarrierMin', logOdds: wave(n, 11, 0.2, 1.1) },
      { feature: 'overdueFlights', logOdds: wave(n, 13, 0.1, 0.6) },
      { feature: 'dayHour', logOdds: -wave(n, 7, 0.05, 0.4) },
      { feature: 'windSpeedMph', logOdds: 0.12 },
      { feature: 'distanceMi', logOdds: -0.04 },
    ],
    outcome,
  };
};

/** @param n - how often they were asked for; 0: there are none yet */
export const fakeRows = (n: number): PageRows => {
  const rows = ['EWR', 'JFK', 'LGA'].slice(0, n * 3).map((key, index) => ({
    key,
    version: n * 3 + index,
    changedMs: index === 2 ? null : (n * 370 * (index + 1)) % 4_000,
    changes: index === 2 ? 0 : 20 + ((n * (index + 2)) % 30),
  }));
  return { rows, total: rows.length, isMore: false };
};

/** Of a row's newest versions, the newest first. */
const fakeChanges: readonly PageRowChanges[] = [
  {
    members: [
      { path: '/delayShort/weight', before: '0.8', after: '1.2' },
      { path: '/waiting/3', before: null, after: '{"id":"B6509","scheduledMs":1357034400000}' },
      { path: '/delayByCarrier/UA', before: '{"sum":12,"weight":3}', after: null },
    ],
    more: 0,
  },
  {
    members: [{ path: `/long/${'member/'.repeat(15)}`, before: '"a"', after: `"${'b'.repeat(59)}…` }],
    more: 7,
  },
];

export const fakeRow = (key: string, n: number): PageRowDetails => ({
  row: {
    fence: [{ topicId: 'a', partition: 1, offset: n }],
    state: {
      delayShort: { atMs: simulatedFrom + n * 1_000, sum: 812.4 + n, weight: 31.2 },
      waiting: [{ id: `B6509-${key}`, scheduledMs: simulatedFrom }],
      delayByCarrier: { B6: { sum: 120, weight: 8 } },
    },
  },
  versions: Array.from({ length: 5 }, (_, index) => ({
    version: n * 3 - index,
    at: fakeStartedAt + n * 500 - index * 90,
    changes: index === 4 ? null : (fakeChanges[index] ?? { members: [], more: 0 }),
  })),
  context: {
    weather:
      key === 'LGA'
        ? null
        : { ageMs: key === 'EWR' ? 9_000_000 : 2_460_000, body: { visibilityMi: 10, windSpeedMph: 13 } },
  },
});

/** Of a run that has gone on for a while. */
export const fakeHello: PageHello = {
  state: fakeState(200),
  points: Array.from({ length: 120 }, (_, n) => fakePoint(2 * n)),
  decisions: Array.from({ length: 40 }, (_, n) => fakeDecision(n, n % 3 === 0 ? null : n % 2 === 0)),
};
