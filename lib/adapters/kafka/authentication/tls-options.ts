import type { ConnectionOptions as TlsConnectionOptions, SecureContext } from 'node:tls';

/** Material as connections use it. */
export interface PreparedTls {
  readonly context: SecureContext;
  readonly checkHostname: boolean;
}

/**
 * Node's TLS options, which the client copies at each connection: what was fetched again is used from the next one on.
 *
 * @param latest - the material that was fetched last
 */
export const tlsOptions = (latest: () => PreparedTls): TlsConnectionOptions => ({
  get secureContext() {
    return latest().context;
  },
  ...(latest().checkHostname ? {} : { checkServerIdentity: () => undefined }),
});
