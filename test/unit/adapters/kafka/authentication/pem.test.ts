import { X509Certificate, createPrivateKey } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  certificatesIn,
  pemBlocks,
  privateKeyIn,
} from '../../../../../lib/adapters/kafka/authentication/pem.ts';
import { makeAuthority, makeCertificate, type KeyPair } from '../../../../support/certificates.ts';

describe('PEM', () => {
  let authority: KeyPair;
  let client: KeyPair;
  beforeAll(async () => {
    authority = await makeAuthority('authority');
    client = await makeCertificate('client', authority);
  });

  it.each([
    ['as OpenSSL writes it', (text: string) => text],
    ['with blanks instead of line breaks', (text: string) => text.replaceAll(/\r?\n/g, ' ')],
    ['without any line break', (text: string) => text.replaceAll(/\r?\n/g, '')],
    ['with line breaks that were escaped twice', (text: string) => text.replaceAll(/\r?\n/g, '\\n')],
    ['indented, with carriage returns', (text: string) => text.replaceAll(/\r?\n/g, '\r\n   ')],
  ])('is read %s', (_, broken) => {
    const text = broken(`${client.privateKey}\n${client.certificate}\n${authority.certificate}`);
    const chain = certificatesIn(text) ?? '';
    expect(pemBlocks(chain)).toHaveLength(2);
    expect(new X509Certificate(chain).subject).toBe('CN=client');
    expect(createPrivateKey(privateKeyIn(text) ?? '').type).toBe('private');
  });

  it('keeps the headers of a key that is encrypted in the old format', () => {
    const text =
      '-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END EC PRIVATE KEY-----';
    expect(privateKeyIn(text)).toBe(`${text}\n`);
  });

  it('finds nothing in anything else', () => {
    expect(certificatesIn('hello')).toBeUndefined();
    expect(privateKeyIn(client.certificate)).toBeUndefined();
    expect(certificatesIn(client.privateKey)).toBeUndefined();
  });
});
