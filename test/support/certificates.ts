import { generate } from 'selfsigned';

/** A certificate and its key, PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly privateKey: string;
}

const day = 86_400_000;

/** An authority that signs certificates in a test. */
export const makeAuthority = async (name: string): Promise<KeyPair> => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { certificate: cert, privateKey: key };
};

export interface CertificateOptions {
  /** Encrypts the key. */
  readonly passphrase?: string;
  /** Host names that it is for. @default localhost, and 127.0.0.1 */
  readonly hosts?: readonly string[];
  readonly expired?: boolean;
}

/** A certificate that an authority signed, for a server or a client. */
export const makeCertificate = async (
  name: string,
  authority: KeyPair,
  { passphrase, hosts = ['localhost'], expired = false }: CertificateOptions = {},
): Promise<KeyPair> => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: { key: authority.privateKey, cert: authority.certificate },
    notBeforeDate: new Date(Date.now() - 2 * day),
    notAfterDate: new Date(Date.now() + (expired ? -day : day)),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...hosts.map((host) => ({ type: 2 as const, value: host })),
          ...(hosts.includes('localhost') ? [{ type: 7 as const, ip: '127.0.0.1' }] : []),
        ],
      },
    ],
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  return { certificate: cert, privateKey: key };
};
