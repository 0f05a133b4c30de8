import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signatureOf } from './sigv4.ts';

/** What S3 does instead of answering. */
export type S3Mode =
  | 'ok'
  | 'slow-down'
  | 'denied'
  | 'no-bucket'
  | 'proxy-404'
  | 'hang'
  | 'broken'
  | 'wrong-bytes'
  | 'garbled-on-the-way';

const secretAccessKey = 'secret';

export const fakeCredentials = { accessKeyId: 'access', secretAccessKey };

/** One bucket of S3, on a port of its own, that checks signatures and checksums and whose answers a test can spoil. */
export interface FakeS3 {
  readonly endpoint: string;
  readonly bucket: 'freshet-payloads';
  readonly objects: Map<string, Buffer>;
  /** `PUT key` or `GET key`, in order. */
  readonly asked: readonly string[];
  /** What the next requests meet, one each; `ok` after the last. */
  readonly next: S3Mode[];
  mode: S3Mode;
  close(): Promise<void>;
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const refuse = (response: ServerResponse, status: number, code: string): void => {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>refused</Message></Error>`);
};

const isSigned = (request: IncomingMessage): boolean => {
  const { authorization = '' } = request.headers;
  const expected = signatureOf(
    {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers as Readonly<Record<string, string | undefined>>,
    },
    secretAccessKey,
  );
  return authorization.endsWith(`Signature=${expected}`);
};

const arrivedWhole = ({ headers }: IncomingMessage, body: Buffer): boolean => {
  const digest = createHash('sha256').update(body).digest();
  return (
    headers['x-amz-content-sha256'] === digest.toString('hex') &&
    headers['x-amz-checksum-sha256'] === digest.toString('base64')
  );
};

export const startFakeS3 = async (): Promise<FakeS3> => {
  const bucket = 'freshet-payloads';
  const objects = new Map<string, Buffer>();
  const asked: string[] = [];
  const next: S3Mode[] = [];

  const serve = (request: IncomingMessage, response: ServerResponse, arrived: Buffer, mode: S3Mode): void => {
    const key = (request.url ?? '').slice(`/${bucket}/`.length);
    if (!isSigned(request)) return refuse(response, 403, 'SignatureDoesNotMatch');
    if (request.method === 'PUT') {
      const body = mode === 'garbled-on-the-way' ? arrived.subarray(1) : arrived;
      if (!arrivedWhole(request, body)) return refuse(response, 400, 'BadDigest');
      objects.set(key, body);
      response.writeHead(200).end();
      return;
    }
    const body = objects.get(key);
    if (body === undefined) return refuse(response, 404, 'NoSuchKey');
    response.writeHead(200).end(mode === 'wrong-bytes' ? body.toReversed() : body);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    asked.push(`${request.method} ${(request.url ?? '').slice(`/${bucket}/`.length)}`);
    const mode = next.shift() ?? fake.mode;
    switch (mode) {
      case 'slow-down':
        return refuse(response, 503, 'SlowDown');
      case 'denied':
        return refuse(response, 403, 'AccessDenied');
      case 'no-bucket':
        return refuse(response, 404, 'NoSuchBucket');
      case 'proxy-404':
        response.writeHead(404).end('<html>not found</html>');
        return;
      case 'hang':
        return;
      case 'broken':
        response.destroy();
        return;
      case 'ok':
      case 'wrong-bytes':
      case 'garbled-on-the-way':
        serve(request, response, body, mode);
    }
  };
  const server = createServer((request, response) => {
    // Who asked has gone.
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const fake: FakeS3 = {
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    objects,
    asked,
    next,
    mode: 'ok',
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
  return fake;
};
