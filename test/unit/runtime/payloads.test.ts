import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openEmbedded } from '../../../lib/adapters/sqlite/embedded.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { textOf, type SourceRecord } from '../../../lib/core/record.ts';
import type { ActionStage, SendAnswer } from '../../../lib/core/stages/action.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { kafkaEvent } from '../../../lib/local/event-source/event.ts';
import { handle } from '../../../lib/runtime/handle.ts';
import { fakeCredentials, startFakeS3, type FakeS3 } from '../../support/fake-s3.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { decision, environment, topics } from '../../support/stage-records.ts';
import { tinyContract } from '../../support/tiny-contract.ts';

const contract = tinyContract({ largePayloads: 'bucket' });
const lambda = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 2_500 };
const letterOfLaw = 'x'.repeat(300_000);

let folder: string;
let s3: FakeS3;
let sent: string[];
let lines: string[];
let answer: SendAnswer;

/** The action as one version of its code makes it. */
const version = (text: string): ActionStage => ({
  kind: 'action',
  contract,
  request: () => ({ text }),
  via: {
    transport: 'bell',
    keyed: true,
    params: [],
    open: () => ({
      send: async (request) => {
        sent.push(JSON.stringify(request));
        return answer;
      },
    }),
  },
});

const record = (): SourceRecord =>
  decision(1, { originAppend: systemClock.now(), expiry: epochMsOf(systemClock.now() + 60_000) });

/** Whether a delivery left its record unfinished. */
const isUnfinished = async (stage: ActionStage, arrived: SourceRecord): Promise<boolean> => {
  const event = kafkaEvent({ kind: 'self-managed', bootstrapServers: ['b:9092'] }, [arrived]);
  const response = await handle(stage)(event, lambda);
  return 'batchItemFailures' in response && response.batchItemFailures.length > 0;
};

const embedded = () => {
  const opened = openEmbedded({ folder, pipeline: contract.pipeline, clock: systemClock });
  onTestFinished(() => opened.close());
  return opened;
};

beforeEach(async () => {
  folder = temporaryFolder();
  s3 = await startFakeS3();
  [sent, lines, answer] = [[], [], { kind: 'done', evidence: '201' }];
  const { log, close } = openEmbedded({ folder, pipeline: contract.pipeline, clock: systemClock });
  await log.createTopics(
    Object.values(topics).map((name) => ({ name, partitions: 1, retentionMs: 1e9, maxRecordBytes: 1e6 })),
  );
  close();
  for (const [name, value] of Object.entries({
    FRESHET_ENVIRONMENT: environment,
    FRESHET_RESPONSE: 'partial',
    FRESHET_LOG: `sqlite:${folder}`,
    FRESHET_STORE: `sqlite:${folder}`,
    FRESHET_PAYLOADS: `s3:${s3.bucket}`,
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ACCESS_KEY_ID: fakeCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: fakeCredentials.secretAccessKey,
  }))
    vi.stubEnv(name, value);
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await s3.close();
});

describe('a function whose contract keeps large payloads in a bucket', () => {
  it('has the request in S3 before it sends it, and in its ledger where it lies', async () => {
    expect(await isUnfinished(version(letterOfLaw), record())).toBe(false);
    expect(sent).toEqual([JSON.stringify({ text: letterOfLaw })]);
    const [[key, body] = []] = s3.objects;
    expect(key).toMatch(/^tiny\/action\/[0-9a-f]{64}\/[0-9a-f]{64}$/);
    expect(body && textOf(body)).toBe(sent[0]);
    const [item] = await embedded().effects.list({ states: ['DONE'], limit: 2 });
    expect(item?.work).toMatchObject({ kind: 'run', request: '', payload: { key, bytes: body?.length } });
  });

  it('asks S3 nothing for what is small', async () => {
    await isUnfinished(version('small'), record());
    expect([sent.length, s3.asked]).toEqual([1, []]);
  });

  it('sends nothing while S3 does not take it, and logs why', async () => {
    s3.mode = 'denied';
    const arrived = record();
    expect(await isUnfinished(version(letterOfLaw), arrived)).toBe(true);
    expect(sent).toEqual([]);
    expect(lines.join('')).toContain('status 403 (AccessDenied)');
    s3.mode = 'ok';
    expect(await isUnfinished(version(letterOfLaw), arrived)).toBe(false);
    expect(sent).toHaveLength(1);
  });

  it('sends the frozen bytes again from S3, and never others that lie there', async () => {
    answer = { kind: 'unknown', detail: '503', retryAfterMs: undefined };
    const arrived = record();
    expect(await isUnfinished(version(letterOfLaw), arrived)).toBe(true);
    expect(await isUnfinished(version('of another version'), arrived)).toBe(true);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toBe(sent[0]);
    s3.mode = 'wrong-bytes';
    expect(await isUnfinished(version('of another version'), arrived)).toBe(false);
    expect(sent).toHaveLength(2);
    expect(await embedded().effects.list({ states: ['IN_DOUBT'], limit: 2 })).toHaveLength(1);
  });

  it('keeps them in the state folder in a local run', async () => {
    vi.stubEnv('FRESHET_PAYLOADS', `sqlite:${folder}`);
    expect(await isUnfinished(version(letterOfLaw), record())).toBe(false);
    const { effects, payloads } = embedded();
    const [item] = await effects.list({ states: ['DONE'], limit: 2 });
    const key = item?.work.kind === 'run' ? item.work.payload?.key : undefined;
    expect(await payloads.get(key ?? '')).toMatchObject({ kind: 'read' });
    expect(s3.asked).toEqual([]);
  });

  it('does not start without one', async () => {
    vi.stubEnv('FRESHET_PAYLOADS', '');
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'action');
    expect(() => handle(version(''))).toThrow(/FRESHET_PAYLOADS: got nothing/);
  });
});
