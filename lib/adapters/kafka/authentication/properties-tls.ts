import { messageOf, type Problem } from '../../../core/errors.ts';
import type { ClientCertificate, Tls } from './authentication.ts';
import { certificatesIn, privateKeyIn } from './pem.ts';
import { Sensitive } from './sensitive.ts';

interface Reading {
  readonly properties: ReadonlyMap<string, string>;
  readonly problems: Problem[];
  readonly readText: (path: string) => string;
}

const howToConvert = {
  truststore: 'keytool -list -rfc -keystore <file> > ca.pem, which is PEM',
  keystore:
    'keytool -importkeystore -srckeystore <file> -destkeystore client.p12 -deststoretype PKCS12, then openssl pkcs12 -in client.p12 -out client.pem, which is PEM',
} as const;

/** The text of a PEM file that `ssl.<store>.location` names; other types than PEM are refused. */
const storeText = (
  { properties, problems, readText }: Reading,
  store: 'truststore' | 'keystore',
): string | undefined => {
  const path = `ssl.${store}.location`;
  const location = properties.get(path);
  if (location === undefined || location === '') return undefined;
  const type = properties.get(`ssl.${store}.type`) ?? 'JKS';
  if (type.toUpperCase() !== 'PEM') {
    problems.push({
      path: `ssl.${store}.type`,
      got: properties.has(`ssl.${store}.type`) ? `"${type}"` : 'nothing, which means JKS to Kafka',
      expected: 'PEM',
      fix: `${store === 'truststore' ? 'leave the truststore out if the brokers’ certificates are publicly signed, as MSK’s are; else ' : ''}convert it (${howToConvert[store]}) and set ssl.${store}.type=PEM`,
    });
    return undefined;
  }
  try {
    return readText(location);
  } catch (thrown) {
    problems.push({ path, got: messageOf(thrown), expected: 'a PEM file', fix: 'correct the path' });
    return undefined;
  }
};

const caOf = (reading: Reading): string | undefined => {
  const inline = reading.properties.get('ssl.truststore.certificates');
  const text = inline ?? storeText(reading, 'truststore');
  if (text === undefined) return undefined;
  const ca = certificatesIn(text);
  if (ca === undefined)
    reading.problems.push({
      path: inline === undefined ? 'ssl.truststore.location' : 'ssl.truststore.certificates',
      got: 'no certificate in it',
      expected: 'certificates in PEM',
      fix: 'give the certificate of the authority that signed the brokers’',
    });
  return ca;
};

const clientOf = (reading: Reading): ClientCertificate | undefined => {
  const { properties, problems } = reading;
  const inlineChain = properties.get('ssl.keystore.certificate.chain');
  const inlineKey = properties.get('ssl.keystore.key');
  const store =
    inlineChain === undefined && inlineKey === undefined ? storeText(reading, 'keystore') : undefined;
  const chainText = inlineChain ?? store;
  const keyText = inlineKey ?? store;
  if (chainText === undefined && keyText === undefined) return undefined;
  const certificate = certificatesIn(chainText ?? '');
  const privateKey = privateKeyIn(keyText ?? '');
  const where = (inline: string): string => (store === undefined ? inline : 'ssl.keystore.location');
  if (certificate === undefined)
    problems.push({
      path: where('ssl.keystore.certificate.chain'),
      got: 'no certificate in it',
      expected: 'the client’s certificate in PEM',
      fix: 'put it there, before those that lead to its authority',
    });
  if (privateKey === undefined)
    problems.push({
      path: where('ssl.keystore.key'),
      got: 'no private key in it',
      expected: 'the client’s private key in PEM',
      fix: 'put it there',
    });
  const passphrase = properties.get('ssl.key.password');
  return {
    certificate: certificate ?? '',
    privateKey: new Sensitive(privateKey ?? ''),
    passphrase: passphrase === undefined ? undefined : new Sensitive(passphrase),
  };
};

/** What the `ssl.*` properties say. @see KIP-651, PEM stores */
export const propertiesTls = (reading: Reading): Tls => ({
  ca: caOf(reading),
  client: clientOf(reading),
  checkHostname: reading.properties.get('ssl.endpoint.identification.algorithm') !== '',
});
