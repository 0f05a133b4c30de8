import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openS3Payloads } from '../../../../lib/adapters/s3/payload-store.ts';
import { systemClock } from '../../../../lib/adapters/system.ts';
import { digestOf } from '../../../../lib/core/digest.ts';
import { messageOf } from '../../../../lib/core/errors.ts';
import type { PayloadStore } from '../../../../lib/core/ports/payload-store.ts';
import { bytesOf } from '../../../../lib/core/record.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { fakeCredentials, startFakeS3, type FakeS3, type S3Mode } from '../../../support/fake-s3.ts';
import { signatureOf } from '../../../support/sigv4.ts';
import { TcpProxy } from '../../../support/tcp-proxy.ts';

const key = `tiny/action/${digestOf('key')}/${digestOf('content')}`;
const body = bytesOf('content');

let s3: FakeS3;
let payloads: PayloadStore;

const opened = (leftMs: number, secretAccessKey = fakeCredentials.secretAccessKey): PayloadStore =>
  openS3Payloads({
    endpoint: s3.endpoint,
    bucket: s3.bucket,
    region: 'eu-central-1',
    credentials: { ...fakeCredentials, secretAccessKey },
    clock: systemClock,
    deadline: () => epochMsOf(systemClock.now() + leftMs),
  });

const put = (store = payloads) => store.put(key, body, digestOf(body));

/** What is said of an outage. */
const told = (answer: { readonly kind: string; readonly cause?: unknown }): string =>
  `${answer.kind}: ${messageOf(answer.cause)}`;

beforeEach(async () => {
  s3 = await startFakeS3();
  payloads = opened(10_000);
});

afterEach(() => s3.close());

it('signatures are checked as S3 documents it', () => {
  const headers = {
    host: 'examplebucket.s3.amazonaws.com',
    range: 'bytes=0-9',
    'x-amz-content-sha256': digestOf(''),
    'x-amz-date': '20130524T000000Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date',
  };
  const request = { method: 'GET', path: '/test.txt', headers };
  expect(signatureOf(request, 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY')).toBe(
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  );
});

describe('a bucket', () => {
  it.each<S3Mode>(['slow-down', 'broken'])('that answers once with "%s" is asked again', async (mode) => {
    s3.next.push(mode);
    expect(await put()).toEqual({ kind: 'stored' });
    s3.next.push(mode);
    expect(await payloads.get(key)).toMatchObject({ kind: 'read' });
    expect(s3.asked).toEqual([`PUT ${key}`, `PUT ${key}`, `GET ${key}`, `GET ${key}`]);
  });

  it.each<readonly [S3Mode, string, number]>([
    ['slow-down', 'status 503 (SlowDown)', 3],
    ['broken', 'other side closed', 3],
    ['denied', 'status 403 (AccessDenied)', 1],
    ['no-bucket', 'status 404 (NoSuchBucket)', 1],
    ['proxy-404', 'status 404;', 1],
  ])('that answers with "%s" is unavailable, never without the object', async (mode, got, tries) => {
    s3.mode = mode;
    for (const answer of [await put(), await payloads.get(key)]) {
      expect(told(answer)).toMatch(/^unavailable: bucket freshet-payloads did not answer/);
      expect(told(answer)).toContain(got);
    }
    expect(s3.asked).toHaveLength(2 * tries);
  });

  it('that does not answer is waited for no longer than the invocation lasts', async () => {
    s3.mode = 'hang';
    expect(told(await put(opened(200)))).toContain('unavailable');
    expect(s3.asked).toHaveLength(1);
  });

  it('is asked over a connection that did not stand idle', async () => {
    const proxy = await TcpProxy.start();
    proxy.target = Number(new URL(s3.endpoint).port);
    let end = epochMsOf(systemClock.now() + 60_000);
    const behindProxy = openS3Payloads({
      endpoint: `http://${proxy.address}`,
      bucket: s3.bucket,
      region: 'eu-central-1',
      credentials: fakeCredentials,
      clock: systemClock,
      deadline: () => end,
    });
    expect(await put(behindProxy)).toEqual({ kind: 'stored' });
    expect(await behindProxy.get(key)).toMatchObject({ kind: 'read' });
    proxy.forget();
    // Too little for another try after one that is not answered.
    end = epochMsOf(systemClock.now() + 2_000);
    expect(await behindProxy.get(key)).toMatchObject({ kind: 'read' });
    await proxy.close();
  });

  it('refuses bytes that changed on the way', async () => {
    s3.mode = 'garbled-on-the-way';
    expect(told(await put())).toContain('BadDigest');
    expect(s3.objects.size).toBe(0);
  });

  it('refuses a wrong signature, and no error tells the secret', async () => {
    const answer = await put(opened(10_000, 'canary-5a1f'));
    expect(told(answer)).toContain('SignatureDoesNotMatch');
    expect(JSON.stringify(answer)).not.toContain('canary');
  });
});

describe('the address of a bucket at AWS', () => {
  afterEach(() => void vi.unstubAllGlobals());

  it.each([
    ['orders', 'eu-central-1', 'https://orders.s3.eu-central-1.amazonaws.com/'],
    ['orders.eu', 'eu-central-1', 'https://s3.eu-central-1.amazonaws.com/orders.eu/'],
    ['orders', 'cn-north-1', 'https://orders.s3.cn-north-1.amazonaws.com.cn/'],
  ])('%s in %s', async (bucket, region, address) => {
    const asked: string[] = [];
    vi.stubGlobal('fetch', async (url: URL) => {
      asked.push(url.href);
      return new Response();
    });
    const deadline = () => epochMsOf(systemClock.now() + 1_000);
    const store = openS3Payloads({
      bucket,
      region,
      credentials: fakeCredentials,
      clock: systemClock,
      deadline,
    });
    await store.get(key);
    expect(asked).toEqual([`${address}${key}`]);
  });
});
