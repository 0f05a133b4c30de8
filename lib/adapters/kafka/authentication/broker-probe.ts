import { createConnection, type Socket } from 'node:net';
import { connect, type ConnectionOptions as TlsConnectionOptions } from 'node:tls';
import { connectFailureOf, type ConnectFailure } from './connect-failure.ts';

interface Broker {
  readonly host: string;
  readonly port: number;
}

const timeoutMs = 2_000;

interface Handshake {
  readonly isSecure: boolean;
  readonly error: unknown;
}

/**
 * Shakes hands with a broker. Since TLS 1.3 a client is done before the broker has looked at its certificate, and the
 * refusal comes when the client has begun to send; a session ticket is what a broker sends first to whom it has accepted.
 *
 * @see RFC 8446, 4.4.2.4
 */
const shakeHands = async ({ host, port }: Broker, options: TlsConnectionOptions): Promise<Handshake> => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  let isSecure = false;
  const socket = connect(port, host, { ...options }, () => {
    isSecure = true;
  });
  socket.setTimeout(timeoutMs, () => resolve(undefined));
  socket.once('error', resolve);
  socket.once('close', () => resolve(undefined));
  socket.once('session', () => {
    if (socket.getProtocol() === 'TLSv1.3') resolve(undefined);
  });
  try {
    const error = await promise;
    return { isSecure, error };
  } finally {
    socket.destroy();
  }
};

/** Correlation id of our requests; a size of four bytes goes before it, and before the broker's copy of it. */
const correlationId = 7;
const bodyAt = 8;

/** @param body - of the request, in hex. @see Kafka protocol guide, "Request Header", version 1 */
const requestOf = (api: number, version: number, body: string): Buffer => {
  const request = Buffer.from(`${'00'.repeat(12)}ffff${body}`, 'hex');
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(api, 4);
  request.writeInt16BE(version, 6);
  request.writeInt32BE(correlationId, 8);
  return request;
};

/** What a broker answers to a request, without its header; `undefined` where it does not speak Kafka's protocol here. */
const ask = async (
  { host, port }: Broker,
  tls: TlsConnectionOptions | undefined,
  request: Buffer,
): Promise<Buffer | undefined> => {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
  const onConnected = (): void => void socket.write(request);
  const socket: Socket = tls
    ? connect(port, host, { ...tls }, onConnected)
    : createConnection({ host, port }, onConnected);
  let answer = Buffer.alloc(0);
  socket.setTimeout(timeoutMs, () => resolve(undefined));
  socket.once('error', () => resolve(undefined));
  socket.once('close', () => resolve(undefined));
  socket.on('data', (chunk: Buffer) => {
    answer = Buffer.concat([answer, chunk]);
    if (answer.length < bodyAt || answer.length < answer.readInt32BE(0) + 4) return;
    resolve(answer.readInt32BE(4) === correlationId ? answer.subarray(bodyAt) : undefined);
  });
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
};

/** Every broker answers ApiVersions, before any authentication. */
const speaksPlainly = async (broker: Broker): Promise<boolean> =>
  (await ask(broker, undefined, requestOf(18, 0, ''))) !== undefined;

const unsupportedMechanism = 33;

/**
 * The SASL mechanisms of a listener: it names them when it is asked for one that there is not. `undefined` for a listener
 * without SASL.
 *
 * @see Kafka protocol guide, SaslHandshake, version 1
 */
const mechanismsOf = async (
  broker: Broker,
  tls: TlsConnectionOptions | undefined,
): Promise<readonly string[] | undefined> => {
  const answer = await ask(broker, tls, requestOf(17, 1, '00013f'));
  if (!answer || answer.length < 6 || answer.readInt16BE(0) !== unsupportedMechanism) return undefined;
  const mechanisms: string[] = [];
  for (let at = 6; at + 2 <= answer.length && mechanisms.length < answer.readInt32BE(2);) {
    const end = at + 2 + answer.readInt16BE(at);
    mechanisms.push(answer.toString('utf8', at + 2, end));
    at = end;
  }
  return mechanisms;
};

const transportFailureOf = async (
  broker: Broker,
  tls: TlsConnectionOptions | undefined,
): Promise<ConnectFailure | undefined> => {
  if (!tls) {
    const { isSecure } = await shakeHands(broker, { rejectUnauthorized: false });
    return isSecure ? { kind: 'tls-expected' } : undefined;
  }
  const { isSecure, error } = await shakeHands(broker, tls);
  const failure = connectFailureOf(error);
  if (failure) return failure;
  return !isSecure && (await speaksPlainly(broker)) ? { kind: 'tls-not-spoken' } : undefined;
};

export interface ProbeOptions {
  /** As the client uses it; `undefined` where it uses none. */
  readonly tls: TlsConnectionOptions | undefined;
  readonly hasSasl: boolean;
}

const brokerOf = (address: string): Broker => {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replaceAll(/[[\]]/g, ''), port: Number(address.slice(colon + 1)) };
};

/**
 * Asks a broker what it has against connections of ours: the Kafka client often knows only that one was closed.
 *
 * @param address - `host:port`
 */
export const probeBroker = async (
  address: string,
  { tls, hasSasl }: ProbeOptions,
): Promise<ConnectFailure | undefined> => {
  const broker = brokerOf(address);
  const failure = await transportFailureOf(broker, tls);
  if (failure || hasSasl) return failure;
  const offered = await mechanismsOf(broker, tls);
  return offered && { kind: 'sasl-expected', offered };
};
