import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { TransientError, messageOf } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { epochMsOf, type EpochMs } from '../../core/units.ts';
import { isTimeAfter, timeLeftMs } from '../time-left.ts';
import { isUnansweredRead } from './attempts.ts';
import { openSockets } from './sockets.ts';

export interface ClientOptions {
  /** Of DynamoDB Local or of a VPC endpoint. Default: AWS's own, by the environment's region. */
  readonly endpoint?: string | undefined;
  /** Default: AWS's provider chain; in a function, its environment. */
  readonly credentials?:
    | {
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
        readonly sessionToken?: string | undefined;
      }
    | undefined;
  readonly region?: string | undefined;
  readonly clock: Clock;
  /** When the invocation that is being served ends: no call takes longer, and what is throttled is tried again until shortly before. */
  readonly deadline: () => EpochMs;
  /** After it, a request has no answer, ms. @default 3 s */
  readonly requestTimeoutMs?: number;
  /** A socket that stood idle for longer is replaced before it is used, ms. @default 10 s */
  readonly idleMs?: number;
}

/** The client with what the stores share: time, and how far away its end is. */
export interface Connection {
  readonly client: DynamoDBClient;
  readonly clock: Clock;
  readonly deadline: () => EpochMs;
  /** DynamoDB's own time, by the `Date` of its newest answer; until there is one, ours. */
  readonly storeNow: () => EpochMs;
  /** How far DynamoDB's clock is ahead of ours, by the same `Date`: half a second more or less; `undefined` until there is one. */
  readonly storeAheadMs: () => number | undefined;
}

/** Longest wait for a connection, and for an answer: a packet that was lost must not cost the invocation. */
const connectionTimeoutMs = 1_000;
const defaultRequestTimeoutMs = 3_000;

/** Another handshake costs some ten milliseconds, a socket that is dead the whole wait for an answer. */
const defaultIdleMs = 10_000;

/** Connections side by side: a batch of 10,000 has 400 calls of 25. */
const maxSockets = 64;

/**
 * Opens DynamoDB.
 *
 * The SDK's own retries are off: a write that is sent again unseen would meet itself as a duplicate. What was certainly not
 * done is tried again in {@link import('./attempts.ts')}, what is unknown by core, under the same token. A read that nobody
 * answered is sent once more here, over a new socket.
 *
 * @see Amazon DynamoDB developer guide, "Error retries and exponential backoff"
 */
export const connect = ({
  endpoint,
  credentials,
  region,
  clock,
  deadline,
  requestTimeoutMs = defaultRequestTimeoutMs,
  idleMs = defaultIdleMs,
}: ClientOptions): Connection => {
  const { httpAgent, httpsAgent, endIdle, endUnused } = openSockets({ clock, idleMs, maxSockets });
  const client = new DynamoDBClient({
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: connectionTimeoutMs,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      // Of an answer that has begun, its rest.
      socketTimeout: requestTimeoutMs,
      httpAgent,
      httpsAgent,
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials: identityOf(credentials) }),
    ...(region === undefined ? {} : { region }),
  });
  const { requestHandler } = client.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = (request, options) => {
    endIdle();
    return handle(request, { ...options, requestTimeout: timeLeftMs({ clock, deadline }, requestTimeoutMs) });
  };
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (call) => {
        try {
          return await next(call);
        } catch (thrown) {
          if (!isUnansweredRead(commandName, thrown) || !isTimeAfter({ clock, deadline }, 0)) throw thrown;
          // What one of them did not answer, the others would not either.
          endUnused();
          return next(call);
        }
      },
    { step: 'initialize', name: 'freshetReadAgain', priority: 'high' },
  );
  let aheadMs: number | undefined;
  client.middlewareStack.add(
    (next) => async (call) => {
      const answer = await next(call);
      const date = dateOf(answer.response);
      if (date !== undefined) aheadMs = date - clock.now();
      return answer;
    },
    { step: 'deserialize', name: 'freshetStoreClock', priority: 'high' },
  );
  return {
    client,
    clock,
    deadline,
    storeNow: () => epochMsOf(clock.now() + (aheadMs ?? 0)),
    storeAheadMs: () => aheadMs,
  };
};

const identityOf = ({
  sessionToken,
  ...keys
}: NonNullable<ClientOptions['credentials']>): NonNullable<DynamoDBClientConfig['credentials']> =>
  sessionToken === undefined ? keys : { ...keys, sessionToken };

/** A `Date` header has whole seconds: half of one is the fairest guess. */
const dateOf = (response: unknown): number | undefined => {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined;
  const { date } = response.headers as Readonly<Record<string, string | undefined>>;
  const at = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(at) ? undefined : at + 500;
};

export const storeUnavailable = (cause: unknown): TransientError =>
  new TransientError('STORE_UNAVAILABLE', {
    message: `DynamoDB did not answer: got "${messageOf(cause)}"; expected the read or write to succeed. Fix: see that the table exists, that the function's role may use it, and that the network reaches DynamoDB.`,
    cause,
  });
