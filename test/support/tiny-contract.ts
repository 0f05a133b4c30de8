import { Type } from 'typebox';
import { json } from '../../lib/core/contract/formats.ts';
import type {
  ResolvedContract,
  ResolvedMapping,
  ResolvedSource,
  ResolvedTopic,
} from '../../lib/core/contract/resolved.ts';

const topicOf = (name: string): ResolvedTopic => ({
  kind: 'created',
  name,
  partitions: 3,
  retentionMs: 604_800_000,
  segmentMs: 86_400_000,
  maxRecordBytes: 983_040,
  deadLetters: `${name}.dlq`,
});

const sourceOf = (name: string, events: ResolvedSource['events']): ResolvedSource => ({
  ...topicOf(name),
  key: 'sensor',
  time: 'at',
  events,
  format: json(),
  unknown: 'ignore',
  identify: null,
});

/** A mapping as a contract resolves it, with what a test wants to be different. */
export const tinyMapping = (stage: string, different: Partial<ResolvedMapping> = {}): ResolvedMapping => ({
  group: `tiny.${stage}`,
  batchSize: 100,
  windowMs: 500,
  pollers: { min: 1, max: 2 },
  startAt: null,
  retries: 60,
  maxAgeMs: 86_400_000,
  bisect: true,
  partialResponses: true,
  onFailure: 'dead-letter-topic',
  minimumWaitMs: 1_000,
  timeoutMs: 30_000,
  ...different,
});

const budget = { fetchMs: 100, processMs: 100, externalMs: 100, emitMs: 100 };
const giveUp = { afterMs: 45_000, attempts: 5 };

const Reading = Type.Object(
  {
    sensor: Type.String({ minLength: 1, maxLength: 8 }),
    at: Type.String({ format: 'date-time' }),
    value: Type.Union([Type.Number({ minimum: -50, maximum: 50 }), Type.Null()]),
    tags: Type.Optional(Type.Record(Type.String(), Type.Integer())),
    trail: Type.Optional(Type.Array(Type.Object({ step: Type.Integer() }), { maxItems: 4 })),
  },
  { additionalProperties: false },
);

/** A whole contract, by hand: for what takes a resolved contract and does not care how it came to be. */
export const tinyContract = (different: Partial<ResolvedContract> = {}): ResolvedContract => ({
  pipeline: 'tiny',
  version: '1.0.0',
  owner: 'tests',
  freshness: { targetMs: 5_000, objective: 0.99 },
  deadlineMs: 60_000,
  source: sourceOf('plant.sensor.read', { read: Reading, moved: Type.Object({ sensor: Type.String() }) }),
  context: {
    climate: {
      source: sourceOf('plant.climate.read', { read: Type.Object({ sensor: Type.String() }) }),
      maxAgeMs: 7_200_000,
      historyMs: 21_600_000,
      whenStale: 'flag',
      budget,
      mapping: tinyMapping('context-climate'),
    },
  },
  features: {
    budget,
    mapping: tinyMapping('features'),
    row: Type.Object({ count: Type.Integer() }),
    output: Type.Object({ mean: Type.Number() }),
    memoryMs: 86_400_000,
    foldVersion: 1,
    maxRowBytes: 350_000,
    recentIds: 128,
    holes: 64,
  },
  inference: {
    budget,
    mapping: tinyMapping('inference'),
    output: Type.Object({ warn: Type.Boolean() }),
    late: 'flag',
    snapshot: 'reference',
    giveUp,
  },
  action: {
    budget,
    mapping: tinyMapping('action'),
    effect: 'keyed',
    late: 'suppress',
    limitPerMinute: 100,
    giveUp,
  },
  vectors: topicOf('tiny.vector.made'),
  decisions: topicOf('tiny.decision.made'),
  outcomes: topicOf('tiny.outcome.made'),
  largePayloads: 'dead-letter',
  keyRetentionMs: 777_600_000,
  alarms: { lag: 5_000, pageAt: [14.4, 6], ticketAt: 1 },
  warnings: [],
  ...different,
});
