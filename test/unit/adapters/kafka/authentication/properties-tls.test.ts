import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tls } from '../../../../../lib/adapters/kafka/authentication/authentication.ts';
import { propertiesTls } from '../../../../../lib/adapters/kafka/authentication/properties-tls.ts';
import type { Problem } from '../../../../../lib/core/errors.ts';
import { makeAuthority, makeCertificate, type KeyPair } from '../../../../support/certificates.ts';

type Texts = Readonly<Record<string, string>>;

const read = (
  properties: Texts,
  files: Texts = {},
): { readonly tls: Tls; readonly problems: readonly Problem[] } => {
  const problems: Problem[] = [];
  const readText = (path: string): string => {
    const text = files[path];
    if (text === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
    return text;
  };
  const tls = propertiesTls({ properties: new Map(Object.entries(properties)), problems, readText });
  return { tls, problems };
};

describe('the ssl properties', () => {
  let authority: KeyPair;
  let client: KeyPair;
  beforeAll(async () => {
    authority = await makeAuthority('authority');
    client = await makeCertificate('client', authority);
  });

  it('that say nothing leave it to Node whom to trust', () => {
    expect(read({})).toEqual({
      tls: { ca: undefined, client: undefined, checkHostname: true },
      problems: [],
    });
  });

  it('may switch off the check of the host name, as Kafka spells it', () => {
    expect(read({ 'ssl.endpoint.identification.algorithm': '' }).tls.checkHostname).toBe(false);
    expect(read({ 'ssl.endpoint.identification.algorithm': 'https' }).tls.checkHostname).toBe(true);
  });

  it('may name PEM files', () => {
    const { tls, problems } = read(
      {
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': 'ca.pem',
        'ssl.keystore.type': 'pem',
        'ssl.keystore.location': 'client.pem',
        'ssl.key.password': 'canary',
      },
      {
        'ca.pem': authority.certificate,
        'client.pem': `${client.privateKey}\n${client.certificate}\n${authority.certificate}`,
      },
    );
    expect(problems).toEqual([]);
    expect(tls.ca).toContain('BEGIN CERTIFICATE');
    expect(tls.client?.certificate.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(tls.client?.privateKey.reveal()).toContain('BEGIN PRIVATE KEY');
    expect(tls.client?.passphrase?.reveal()).toBe('canary');
    expect(inspect(tls, { depth: Infinity, showHidden: true })).not.toMatch(/canary|PRIVATE KEY/);
  });

  it('may hold PEM themselves', () => {
    const { tls, problems } = read({
      'ssl.truststore.certificates': authority.certificate.replaceAll('\n', ' '),
      'ssl.keystore.certificate.chain': client.certificate,
      'ssl.keystore.key': client.privateKey,
    });
    expect(problems).toEqual([]);
    expect(tls.ca).toContain('-----BEGIN CERTIFICATE-----\n');
    expect(tls.client?.passphrase).toBeUndefined();
  });

  it.each<[string, Texts, Texts, readonly string[]]>([
    ['a Java truststore', { 'ssl.truststore.location': 'a.jks' }, {}, ['ssl.truststore.type']],
    [
      'a PKCS12 keystore',
      { 'ssl.keystore.location': 'a.p12', 'ssl.keystore.type': 'PKCS12' },
      {},
      ['ssl.keystore.type'],
    ],
    [
      'a file that is not there',
      { 'ssl.truststore.location': 'a.pem', 'ssl.truststore.type': 'PEM' },
      {},
      ['ssl.truststore.location'],
    ],
    [
      'a truststore without a certificate',
      { 'ssl.truststore.location': 'a.pem', 'ssl.truststore.type': 'PEM' },
      { 'a.pem': 'canary' },
      ['ssl.truststore.location'],
    ],
    [
      'certificates that are none',
      { 'ssl.truststore.certificates': 'canary' },
      {},
      ['ssl.truststore.certificates'],
    ],
    [
      'a keystore with neither',
      { 'ssl.keystore.location': 'a.pem', 'ssl.keystore.type': 'PEM' },
      { 'a.pem': 'canary' },
      ['ssl.keystore.location', 'ssl.keystore.location'],
    ],
    [
      'a key alone',
      { 'ssl.keystore.key': 'canary' },
      {},
      ['ssl.keystore.certificate.chain', 'ssl.keystore.key'],
    ],
  ])('with %s are refused, and what to do is said', (_, properties, files, paths) => {
    const { problems } = read(properties, files);
    expect(problems.map(({ path }) => path)).toEqual(paths);
    expect(JSON.stringify(problems)).not.toContain('canary');
  });

  it('with a Java truststore say how to do without', () => {
    const { problems } = read({ 'ssl.truststore.location': '/tmp/kafka.client.truststore.jks' });
    expect(problems[0]?.fix).toContain('leave the truststore out');
    expect(problems[0]?.fix).toContain('keytool -list -rfc');
  });
});
