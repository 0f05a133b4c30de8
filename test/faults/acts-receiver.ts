import type { ReceivedRequest } from '../support/evidence.ts';
import { startDownstream, type Downstream } from '../support/downstream.ts';

/** Where the stream's effects go: it outlives whoever sends them, and honours idempotency keys. */
export interface ActsReceiver {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  close(): Promise<void>;
}

export const startActsReceiver = async (): Promise<ActsReceiver> => {
  const requests: ReceivedRequest[] = [];
  const keys = new Set<string>();
  const downstream: Downstream = await startDownstream((response, { headers, body }) => {
    const header = headers['idempotency-key'];
    const key = typeof header === 'string' ? header : null;
    const { event } = JSON.parse(body) as { readonly event: string };
    requests.push({ event, key, body, isEffect: key === null || !keys.has(key) });
    if (key !== null) keys.add(key);
    response.writeHead(201, { 'content-type': 'application/json' }).end('{}');
  });
  return { url: downstream.url, requests, close: () => downstream.close() };
};
