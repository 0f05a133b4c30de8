/** DynamoDB's answers over HTTP, in a process of its own: what it costs to give them is no part of what is measured. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { answerOf } from './operations.ts';
import { Tables } from './tables.ts';

/** What the bench asks of the process. */
export type ServerRequest =
  | { readonly kind: 'clear'; readonly delayMs: number }
  | { readonly kind: 'reset-counts' }
  | { readonly kind: 'counts' }
  | { readonly kind: 'size'; readonly table: string };

const tables = new Tables();
let delayMs = 0;

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const answer = async (): Promise<void> => {
    const body = await bodyOf(request);
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    if (delayMs > 0) await delay(delayMs);
    tables.countRequest(operation);
    const { status, body: answered } = answerOf(tables, operation, JSON.parse(body));
    response
      .writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
      .end(JSON.stringify(answered));
  };
  answer().catch((thrown: unknown) => {
    process.stderr.write(`fake DynamoDB: ${String(thrown)}\n`);
    response.writeHead(500).end('{}');
  });
});

const handle = (request: ServerRequest): unknown => {
  switch (request.kind) {
    case 'clear':
      tables.clear();
      delayMs = request.delayMs;
      return null;
    case 'reset-counts':
      tables.resetCounts();
      return null;
    case 'counts':
      return tables.counts;
    case 'size':
      return tables.size(request.table);
  }
};

process.on('message', (request: ServerRequest) => void process.send?.(handle(request) ?? null));
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => void process.send?.((server.address() as AddressInfo).port));
