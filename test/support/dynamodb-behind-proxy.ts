import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerOf } from '../bench/dynamodb/operations.ts';
import { Tables } from '../bench/dynamodb/tables.ts';
import { TcpProxy } from './tcp-proxy.ts';

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

/** DynamoDB's answers over HTTP, behind a proxy that does to the connections what networks do. */
export interface DynamoDbBehindProxy {
  /** Of the proxy. */
  readonly endpoint: string;
  readonly proxy: TcpProxy;
  /** Operations that arrived, in order, such as `GetItem`. */
  readonly asked: readonly string[];
  /** How much of its answer what arrives is given; after `half` nothing more comes. */
  answering: 'whole' | 'half' | 'none';
  close(): Promise<void>;
}

export const startDynamoDbBehindProxy = async (): Promise<DynamoDbBehindProxy> => {
  const tables = new Tables();
  const asked: string[] = [];
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    void bodyOf(request).then((body) => {
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      asked.push(operation);
      if (started.answering === 'none') return;
      const { status, body: answered } = answerOf(tables, operation, JSON.parse(body));
      const bytes = Buffer.from(JSON.stringify(answered));
      response.writeHead(status, {
        'content-type': 'application/x-amz-json-1.0',
        'content-length': bytes.length,
      });
      if (started.answering === 'whole') response.end(bytes);
      else response.write(bytes.subarray(0, bytes.length / 2));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const proxy = await TcpProxy.start();
  proxy.target = (server.address() as AddressInfo).port;
  const started: DynamoDbBehindProxy = {
    endpoint: `http://${proxy.address}`,
    proxy,
    asked,
    answering: 'whole',
    close: async () => {
      await proxy.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return started;
};
