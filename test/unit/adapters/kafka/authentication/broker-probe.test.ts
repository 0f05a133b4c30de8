import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createSecureContext, createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { probeBroker } from '../../../../../lib/adapters/kafka/authentication/broker-probe.ts';
import { makeAuthority, makeCertificate, type KeyPair } from '../../../../support/certificates.ts';

/** Error code and mechanisms of a SaslHandshake response, as a broker answers a mechanism it does not know. */
const handshake = (error: number, mechanisms: readonly string[]): Buffer => {
  const head = Buffer.alloc(6);
  head.writeInt16BE(error, 0);
  head.writeInt32BE(mechanisms.length, 2);
  const names = mechanisms.map((name) => {
    const size = Buffer.alloc(2);
    size.writeInt16BE(name.length);
    return Buffer.concat([size, Buffer.from(name)]);
  });
  return Buffer.concat([head, ...names]);
};

const saslHandshake = 17;

/** A broker that answers each request with its correlation id; a SaslHandshake with what it is told. */
const answering =
  (sasl: Buffer) =>
  (socket: Socket): void => {
    socket.on('error', () => undefined);
    socket.on('data', (request: Buffer) => {
      const body = request.readInt16BE(4) === saslHandshake ? sasl : Buffer.alloc(8);
      const header = Buffer.alloc(8);
      header.writeInt32BE(4 + body.length, 0);
      header.writeInt32BE(request.readInt32BE(8), 4);
      const answer = Buffer.concat([header, body]);
      // In two pieces, as a network may cut it.
      socket.write(answer.subarray(0, 12));
      setImmediate(() => socket.write(answer.subarray(12)));
    });
  };

const illegalState = handshake(34, []);

let servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.map(async (server) => new Promise((resolve) => server.close(resolve))));
  servers = [];
});

const listening = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

describe('a broker', () => {
  let authority: KeyPair;
  let server: KeyPair;
  let client: KeyPair;
  let stranger: KeyPair;
  beforeAll(async () => {
    authority = await makeAuthority('authority');
    [server, client, stranger] = await Promise.all([
      makeCertificate('broker', authority),
      makeCertificate('client', authority),
      makeCertificate('stranger', await makeAuthority('other')),
    ]);
  });

  const tlsBroker = async (sasl = illegalState, options: TlsOptions = {}): Promise<string> =>
    listening(
      createTlsServer(
        { cert: server.certificate, key: server.privateKey, ca: authority.certificate, ...options },
        answering(sasl),
      ).on('tlsClientError', () => undefined),
    );
  const plainBroker = async (sasl = illegalState): Promise<string> =>
    listening(createTcpServer(answering(sasl)));

  const trusting = (pair?: KeyPair) => ({
    secureContext: createSecureContext({
      ca: authority.certificate,
      ...(pair && { cert: pair.certificate, key: pair.privateKey }),
    }),
  });
  const none = { tls: undefined, hasSasl: false };

  it('that has nothing against us says nothing', async () => {
    expect(await probeBroker(await plainBroker(), none)).toBeUndefined();
    expect(await probeBroker(await tlsBroker(), { tls: trusting(), hasSasl: false })).toBeUndefined();
    expect(await probeBroker(await tlsBroker(), { tls: trusting(client), hasSasl: true })).toBeUndefined();
  });

  it('that is not there says nothing', async () => {
    const gone = await plainBroker();
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await probeBroker(gone, none)).toBeUndefined();
    expect(await probeBroker(gone, { tls: trusting(), hasSasl: true })).toBeUndefined();
  });

  it('that closes each connection says nothing: it may be starting', async () => {
    const closing = await listening(createTcpServer((socket) => socket.destroy()));
    expect(await probeBroker(closing, none)).toBeUndefined();
    expect(await probeBroker(closing, { tls: trusting(), hasSasl: true })).toBeUndefined();
  });

  it('may speak TLS, or not', async () => {
    expect(await probeBroker(await tlsBroker(), none)).toEqual({ kind: 'tls-expected' });
    expect(await probeBroker(await plainBroker(), { tls: trusting(), hasSasl: true })).toEqual({
      kind: 'tls-not-spoken',
    });
  });

  it('may not be trusted', async () => {
    const tls = { secureContext: createSecureContext({ ca: stranger.certificate }) };
    expect(await probeBroker(await tlsBroker(), { tls, hasSasl: false })).toMatchObject({
      kind: 'broker-untrusted',
    });
  });

  it('may ask for SASL, over TLS or not', async () => {
    const sasl = handshake(33, ['PLAIN', 'SCRAM-SHA-512']);
    const expected = { kind: 'sasl-expected', offered: ['PLAIN', 'SCRAM-SHA-512'] };
    expect(await probeBroker(await plainBroker(sasl), none)).toEqual(expected);
    expect(await probeBroker(await tlsBroker(sasl), { tls: trusting(), hasSasl: false })).toEqual(expected);
    expect(await probeBroker(await plainBroker(sasl), { tls: undefined, hasSasl: true })).toBeUndefined();
  });
});
