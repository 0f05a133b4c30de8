import { createHash } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { ReceiverRoute } from '../../core/recording.ts';
import { toIso } from '../../core/units.ts';
import { createServer } from '../http-server.ts';
import { portInUse } from '../port-in-use.ts';
import { ReceiverJournal, type ReceiverEntry, type ReceiverTally } from './receiver-journal.ts';

/** Where effects go in the local run: it records each under its idempotency key, once. */
export interface Receiver {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly tally: ReceiverTally;
  /** Effects so far. */
  readonly effects: number;
  /** Whether it is there; where it is dropped, connections are refused. */
  readonly isListening: boolean;
  /** Breaks its connections, and refuses new ones until it is restored. */
  drop(): Promise<void>;
  /** Comes back on the same port. @throws {ConfigError} `PORT_IN_USE` */
  restore(): Promise<void>;
  close(): Promise<void>;
}

export interface ReceiverOptions {
  readonly route: ReceiverRoute;
  /** 0: one that is free. */
  readonly port: number;
  readonly journal: string;
  readonly clock: Clock;
  /** Called for each effect, after it is recorded. */
  readonly onEffect: (entry: ReceiverEntry) => void;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const host = '127.0.0.1';
const longestBodyBytes = 1024 * 1024;

const bodyOf = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= longestBodyBytes) chunks.push(chunk);
  }
  return bytes > longestBodyBytes ? undefined : Buffer.concat(chunks);
};

const headerOf = (request: IncomingMessage, name: string): string | null => {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
};

const parsed = (body: Buffer): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(body.toString('utf8')) as unknown };
  } catch {
    return undefined;
  }
};

/**
 * The first request with a key has the effect; the same key and body again are answered as the first was, another body is
 * refused with 422, as the draft of the Idempotency-Key header says. What was recorded outlives a kill.
 *
 * @see draft-ietf-httpapi-idempotency-key-header, section 2.6
 */
const answerTo = async (
  request: IncomingMessage,
  { route, clock, onEffect }: ReceiverOptions,
  journal: ReceiverJournal,
): Promise<Answer> => {
  const { method = '', url: path = '' } = request;
  const content = await bodyOf(request);
  const isRoute = path === route.path || path.startsWith(`${route.path}/`);
  if (method !== route.method || !isRoute)
    return { status: 404, body: { error: `got ${method} ${path}, expected ${route.method} ${route.path}` } };
  if (content === undefined) return { status: 413, body: { error: 'the body is larger than 1 MB' } };
  const json = parsed(content);
  if (json === undefined) return { status: 400, body: { error: 'the body is not JSON' } };
  const key = headerOf(request, 'idempotency-key');
  const digest = createHash('sha256').update(content).digest('hex');
  const trace = headerOf(request, 'traceparent')?.split('-')[1] ?? null;
  const first = key === null ? undefined : journal.effectOf(key);
  const did = first === undefined ? 'effect' : first.digest === digest ? 'answered-again' : 'refused';
  const number = first?.number ?? journal.effects + 1;
  const entry: ReceiverEntry = {
    at: toIso(clock.now()),
    method,
    path,
    key,
    digest,
    trace,
    did,
    number,
    body: json.value,
  };
  journal.append(entry);
  if (did === 'refused')
    return { status: 422, body: { error: 'another body came under this idempotency key before' } };
  if (did === 'effect') onEffect(entry);
  return { status: 201, body: { accepted: number } };
};

const listening = (server: Server, port: number): Promise<number> => {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', (thrown: NodeJS.ErrnoException) =>
    reject(
      portInUse({
        what: 'The receiver cannot be started.',
        flag: '--port',
        port,
        fix: 'name another with `--port`, or leave it out for any that is free',
        thrown,
      }),
    ),
  );
  server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  return promise;
};

const closed = async (server: Server): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  await promise;
};

/**
 * Starts the receiver.
 *
 * @throws {ConfigError} `PORT_IN_USE`
 */
export const startReceiver = async (options: ReceiverOptions): Promise<Receiver> => {
  const journal = new ReceiverJournal(options.journal);
  const server = createServer((request, response) => {
    const send = ({ status, body }: Answer): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    answerTo(request, options, journal).then(send, (thrown: unknown) =>
      send({ status: 500, body: { error: messageOf(thrown) } }),
    );
  });
  // Effects come over connections that are kept: one closed while idle would meet the next request half way.
  server.keepAliveTimeout = 0;
  try {
    const port = await listening(server, options.port);
    return {
      url: `http://${host}:${port}`,
      get tally() {
        return journal.tally;
      },
      get effects() {
        return journal.effects;
      },
      get isListening() {
        return server.listening;
      },
      drop: () => closed(server),
      restore: async () => {
        if (!server.listening) await listening(server, port);
      },
      close: async () => {
        await closed(server);
        journal.close();
      },
    };
  } catch (thrown) {
    journal.close();
    throw thrown;
  }
};
