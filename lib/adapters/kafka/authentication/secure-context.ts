import { createSecureContext, type SecureContext } from 'node:tls';
import { ConfigError } from '../../../core/errors.ts';
import type { Tls } from './authentication.ts';

/**
 * TLS material as Node uses it: an object that shows nothing of the key in it, made once for many connections.
 *
 * @param source - where the material stands, for errors
 * @throws {ConfigError} `AUTHENTICATION_INVALID` for a key that cannot be opened or does not fit its certificate
 */
export const secureContextOf = ({ ca, client }: Tls, source: string): SecureContext => {
  try {
    return createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(client && {
        cert: client.certificate,
        key: client.privateKey.reveal(),
        ...(client.passphrase && { passphrase: client.passphrase.reveal() }),
      }),
    });
  } catch (thrown) {
    const { code = 'no code' } = thrown as { readonly code?: string };
    // Without its cause: nobody promises what OpenSSL quotes.
    throw new ConfigError('AUTHENTICATION_INVALID', {
      message: `the certificate and key of ${source} cannot be used: OpenSSL says ${code}. Fix: check that the key belongs to the certificate, and its password`,
    });
  }
};
