import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { BrokerConnection } from '../../../../lib/adapters/kafka/broker-connection.ts';
import { systemClock } from '../../../../lib/adapters/system.ts';
import { makeAuthority, makeCertificate } from '../../../support/certificates.ts';

describe('a connection over TLS', () => {
  it.each([
    ['localhost', 'localhost'],
    ['127.0.0.1', false],
  ])('to %s tells the broker the name %s', async (host, expected) => {
    const authority = await makeAuthority('authority');
    const { certificate, privateKey } = await makeCertificate('broker', authority);
    const { promise: named, resolve } = Promise.withResolvers<unknown>();
    const server = createServer({ cert: certificate, key: privateKey }, (socket) => {
      resolve(socket.servername);
      socket.destroy();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const opening = BrokerConnection.open(`${host}:${(server.address() as AddressInfo).port}`, {
      clientId: 'test',
      connect: { tls: { ca: authority.certificate } },
      clock: systemClock,
      connectTimeoutMs: 5_000,
      requestTimeoutMs: 5_000,
      idleMs: 5_000,
      versions: 'newest',
    });
    await expect(opening).rejects.toThrow('no answer');
    expect(await named).toBe(expected);
    await new Promise((closed) => server.close(closed));
  });
});
