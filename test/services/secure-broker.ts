import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAuthority, makeCertificate, type KeyPair } from '../support/certificates.ts';
import type { BrokerListener } from './broker-properties.ts';
import { KafkaBroker } from './kafka-broker.ts';

/** A listener for each way to authenticate; those with SASL offer every mechanism. */
export type Listener = 'PLAINTEXT' | 'SASL' | 'SASLTLS' | 'TLS' | 'MUTUAL';

/** The user that the broker begins with; a password for each mechanism. */
export const alice = {
  username: 'alice',
  'SCRAM-SHA-256': 'alice-256',
  'SCRAM-SHA-512': 'alice-512',
  PLAIN: 'alice-plain',
} as const;

/** Sessions of SASL/OAUTHBEARER over TLS end so soon; the client renews them at 80 % of it. */
export const sessionMs = 2_000;

export interface SecureBroker {
  /** `127.0.0.1:<port>` */
  addressOf(listener: Listener): string;
  /** Signed the broker's certificate, and clients' certificates that it takes. */
  readonly authority: KeyPair;
  /** Stops it, and deletes its data. */
  remove(): Promise<void>;
}

const security = 'org.apache.kafka.common.security';

const sasl = {
  'sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512,PLAIN,OAUTHBEARER',
  'scram-sha-256.sasl.jaas.config': `${security}.scram.ScramLoginModule required;`,
  'scram-sha-512.sasl.jaas.config': `${security}.scram.ScramLoginModule required;`,
  'plain.sasl.jaas.config': `${security}.plain.PlainLoginModule required user_${alice.username}="${alice.PLAIN}";`,
  // Unsigned tokens are taken for what they say (KIP-255); the broker wants a name of its own to begin with.
  'oauthbearer.sasl.jaas.config': `${security}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
} as const;

const scramUsers: readonly string[] = (['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const).flatMap((mechanism) => [
  '--add-scram',
  `${mechanism}=[name=${alice.username},password=${alice[mechanism]}]`,
]);

/** Starts a real broker with a listener for each way to authenticate. @throws as {@link KafkaBroker.start} */
export const startSecureBroker = async (): Promise<SecureBroker> => {
  const folder = mkdtempSync(join(tmpdir(), 'freshet-certificates-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const authority = await makeAuthority('freshet test');
  const { certificate, privateKey } = await makeCertificate('broker', authority);
  writeFileSync(join(folder, 'authority.pem'), authority.certificate);
  writeFileSync(join(folder, 'broker.pem'), `${privateKey}\n${certificate}\n`);
  const tls = {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(folder, 'broker.pem'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': join(folder, 'authority.pem'),
  } as const;
  const listeners: readonly BrokerListener[] = [
    { name: 'SASL', protocol: 'SASL_PLAINTEXT', properties: sasl },
    {
      name: 'SASLTLS',
      protocol: 'SASL_SSL',
      properties: { ...sasl, ...tls, 'oauthbearer.connections.max.reauth.ms': String(sessionMs) },
    },
    { name: 'TLS', protocol: 'SSL', properties: tls },
    { name: 'MUTUAL', protocol: 'SSL', properties: { ...tls, 'ssl.client.auth': 'required' } },
  ];
  try {
    const broker = await KafkaBroker.start({ listeners, formatArguments: scramUsers });
    return {
      addressOf: (listener) => broker.addressOf(listener),
      authority,
      remove: async () => {
        await broker.remove();
        remove();
      },
    };
  } catch (thrown) {
    remove();
    throw thrown;
  }
};
