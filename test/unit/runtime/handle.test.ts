import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { http } from '../../../lib/adapters/http.ts';
import { openEmbedded } from '../../../lib/adapters/sqlite/embedded.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { ConfigError } from '../../../lib/core/errors.ts';
import type { SourceRecord } from '../../../lib/core/record.ts';
import { param, type ActionStage, type SendAnswer } from '../../../lib/core/stages/action.ts';
import type { FeaturesStage } from '../../../lib/core/stages/features.ts';
import type { InferenceStage } from '../../../lib/core/stages/inference.ts';
import { handle, type LambdaContext } from '../../../lib/runtime/handle.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { decision, environment, reading, topics, vector } from '../../support/stage-records.ts';
import { tinyContract } from '../../support/tiny-contract.ts';

const canary = 'canary-1b7e';
const contract = tinyContract();

const lambda: LambdaContext = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 2_000 };

const features: FeaturesStage = {
  kind: 'features',
  contract,
  initial: { count: 0 },
  on: {
    read: { fold: (state) => state, emit: () => ({ mean: 1 }) },
    moved: { fold: (state) => state },
  },
};

const inference: InferenceStage = {
  kind: 'inference',
  contract,
  model: { id: 'm', version: '1', digest: 'd', infer: () => ({ answer: {} }) },
  decide: () => ({ warn: true }),
};

const action = (answer: () => Promise<SendAnswer>): ActionStage => ({
  kind: 'action',
  contract,
  request: (made) => made,
  via: {
    transport: 'bell',
    keyed: true,
    params: [{ kind: 'param', name: 'BELL_URL' }],
    open: () => ({ send: answer }),
  },
});

const base64 = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString('base64');

/** Times of an origin that is young by the machine's own clock. */
const live = () => ({
  originAppend: systemClock.now(),
  expiry: epochMsOf(systemClock.now() + 60_000),
});

/** As the mapping lists it. */
const listed = ({ topic, partition, offset, timestampType, key, value, headers }: SourceRecord) => ({
  topic,
  partition,
  offset,
  timestampType,
  timestamp: Date.now(),
  key: base64(key),
  value: base64(value),
  headers: headers.map(({ name, value: bytes }) => ({ [name]: [...bytes] })),
});

const eventOf = (...records: readonly SourceRecord[]): unknown => ({
  eventSource: 'SelfManagedKafka',
  bootstrapServers: 'broker:9092',
  records: { [records[0]?.listedUnder ?? '']: records.map(listed) },
});

let folder: string;
let lines: string[];

beforeEach(async () => {
  folder = temporaryFolder();
  const embedded = openEmbedded({ folder, pipeline: contract.pipeline, clock: systemClock });
  await embedded.log.createTopics(
    Object.values(topics).map((name) => ({ name, partitions: 1, retentionMs: 1e9, maxRecordBytes: 1e6 })),
  );
  embedded.close();
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', undefined);
  vi.stubEnv('FRESHET_ENVIRONMENT', environment);
  vi.stubEnv('FRESHET_RESPONSE', 'partial');
  vi.stubEnv('FRESHET_LOG', `sqlite:${folder}`);
  vi.stubEnv('FRESHET_STORE', `sqlite:${folder}`);
  vi.stubEnv('BELL_URL', 'https://bell.example');
  lines = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const produced = async (topic: string) => {
  const embedded = openEmbedded({ folder, pipeline: contract.pipeline, clock: systemClock });
  const read = await embedded.log.read({ topic, partition: 0, from: 0, maxRecords: 99, maxBytes: 1e7 });
  embedded.close();
  return read;
};

describe('a handler', () => {
  it('takes a batch of the mapping and answers that nothing is unfinished', async () => {
    expect(await handle(features)(eventOf(reading(1), reading(2)), lambda)).toEqual({
      batchItemFailures: [],
    });
    expect(await produced(topics.vectors)).toHaveLength(2);
  });

  it('decides through Powertools, once', async () => {
    const handler = handle(inference);
    const event = eventOf(vector(1, live()));
    // Time enough on any machine: what is not begun in time is left for the next delivery, and decided then.
    const patient = { ...lambda, getRemainingTimeInMillis: () => 30_000 };
    expect(await handler(event, patient)).toEqual({ batchItemFailures: [] });
    expect(await handler(event, patient)).toEqual({ batchItemFailures: [] });
    const made = await produced(topics.decisions);
    expect(made).toHaveLength(2);
    expect(made[0]?.headers).toEqual(made[1]?.headers);
  });

  it('names what is unfinished, as the event listed it', async () => {
    const refusing = handle(action(async () => ({ kind: 'not-done', detail: '429', retryAfterMs: 0 })));
    const records = [1, 2].map((offset) => ({ ...decision(offset, live()), listedUnder: 'renamed-3' }));
    expect(await refusing(eventOf(...records), lambda)).toEqual({
      batchItemFailures: [1, 2].map((offset) => ({ itemIdentifier: { partition: 'renamed-3', offset } })),
    });
  });

  it('throws what is unfinished where the mapping takes no partial responses', async () => {
    vi.stubEnv('FRESHET_RESPONSE', 'throw');
    const stage = action(async () => ({ kind: 'not-done', detail: '429', retryAfterMs: 0 }));
    await expect(handle(stage)(eventOf(decision(1, live())), lambda)).rejects.toMatchObject({
      code: 'UNFINISHED_RECORDS',
    });
  });

  it('answers a redrive with its verdict', async () => {
    const handler = handle(features);
    await handler(eventOf({ ...reading(1), value: Buffer.from('{') }, reading(2)), lambda);
    const redrive = {
      freshet: 'redrive',
      record: listed(reading(1)),
      topicId: (await produced(topics.sourceLetters))[0]?.headers
        .filter(({ name }) => name === 'freshet.topic.id')
        .map(({ value }) => Buffer.from(value).toString())[0],
      number: 1,
      pastDeadline: false,
    };
    expect(await handler(redrive, lambda)).toEqual({ verdict: 'done' });
    expect(await handler(redrive, lambda)).toEqual({ verdict: 'fenced' });
    for (const broken of [{ number: -1 }, { number: '1' }, { topicId: 7 }, { pastDeadline: undefined }])
      await expect(handler({ ...redrive, ...broken }, lambda)).rejects.toMatchObject({
        code: 'BATCH_INVALID',
      });
  });

  it('refuses what is no event of a mapping', async () => {
    await expect(handle(features)({ Records: [] }, lambda)).rejects.toMatchObject({ code: 'BATCH_INVALID' });
  });

  it('never logs what a record says, whatever becomes of it', async () => {
    const throwing: FeaturesStage = {
      ...features,
      on: {
        ...features.on,
        read: {
          fold: (_, event) => {
            throw new Error(`cannot fold ${JSON.stringify(event)}`);
          },
        },
      },
    };
    const secret = Buffer.from(canary);
    await handle(throwing)(
      eventOf(
        reading(1, { sensor: canary, at: new Date().toISOString() }),
        { ...reading(2), value: secret },
        { ...reading(3), key: secret },
        { ...reading(4), headers: [{ name: 'ce_type', value: secret }] },
        reading(5, { value: canary as unknown as number }),
      ),
      lambda,
    );
    await handle(features)({ records: { 't-0': [{ value: canary }] } }, lambda).catch(() => {});
    const quoting = (): never => {
      throw new TypeError(`cannot take ${canary}`, {
        cause: Object.assign(new Error(canary), { code: canary }),
      });
    };
    await handle({ ...inference, model: { ...inference.model, infer: quoting } })(
      eventOf(vector(1, live())),
      lambda,
    );
    await handle(action(quoting))(eventOf(decision(1, live())), lambda);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join('')).not.toContain(canary);
    expect(lines.join('')).not.toContain(secret.toString('base64'));
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({
        level: 'error',
        pipeline: 'tiny',
        stage: 'features',
        requestId: 'request-1',
      }),
    );
    const warned = (stage: string, outcome: string): object =>
      expect.objectContaining({ level: 'warn', stage, outcome, code: 'TypeError', count: 1 }) as object;
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual(
      expect.arrayContaining([warned('inference', 'not-done'), warned('action', 'unknown')]),
    );
  });
});

describe('a cold start', () => {
  it('with a bad configuration fails in Lambda before any batch is taken', () => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'action');
    vi.stubEnv('FRESHET_RESPONSE', '');
    vi.stubEnv('BELL_URL', undefined);
    const start = () => handle(action(async () => ({ kind: 'done', evidence: '' })));
    expect(start).toThrow(ConfigError);
    expect(start).toThrow(/FRESHET_RESPONSE[^]*BELL_URL/);
  });

  it('with a parameter that the transport cannot use fails in Lambda before any batch is taken', async () => {
    const stage = (): ActionStage => ({
      ...action(async () => ({ kind: 'done', evidence: '' })),
      via: http({ baseUrl: param('BELL_URL'), keyHeader: 'Idempotency-Key' }),
    });
    vi.stubEnv('BELL_URL', 'bell.example');
    expect(() => handle(stage())).not.toThrow();
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'action');
    expect(() => handle(stage())).toThrow(/BELL_URL: got "bell.example"/);
    vi.stubEnv('BELL_URL', 'https://bell.example');
    expect(await handle(stage())(eventOf(), lambda)).toEqual({ batchItemFailures: [] });
  });

  it('elsewhere waits for the first batch, so that a stage can be imported', async () => {
    vi.stubEnv('FRESHET_RESPONSE', '');
    const handler = handle(features);
    await expect(handler(eventOf(reading(1)), lambda)).rejects.toThrow(ConfigError);
  });

  it('that failed is tried again by the next batch', async () => {
    vi.stubEnv('FRESHET_RESPONSE', '');
    const handler = handle(features);
    await expect(handler(eventOf(reading(1)), lambda)).rejects.toThrow(ConfigError);
    vi.stubEnv('FRESHET_RESPONSE', 'partial');
    expect(await handler(eventOf(reading(1)), lambda)).toEqual({ batchItemFailures: [] });
  });
});
