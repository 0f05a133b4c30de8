import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** An answer of an AWS API: a status and a body, as its API reference has them. */
export interface AwsAnswer {
  readonly status?: number;
  /** Name of the error, where it is one. */
  readonly error?: string;
  readonly body: object;
}

/** AWS's HTTP APIs on 127.0.0.1, for this test alone. What is not known is refused as AWS refuses what one may not do. */
export const fakeAws = async (
  answers: Readonly<Record<string, AwsAnswer>>,
): Promise<{ readonly endpoint: string; readonly asked: readonly string[] }> => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    asked.push(`${request.method} ${path}`);
    const {
      status = 200,
      error,
      body,
    } = answers[path] ?? {
      status: 403,
      error: 'ForbiddenException',
      body: { message: `not allowed: ${path}` },
    };
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(error === undefined ? {} : { 'x-amzn-errortype': error }),
    });
    response.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
};
