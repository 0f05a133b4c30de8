import type { ReadSecret } from './authentication.ts';

/**
 * AWS Secrets Manager. It is loaded with the first secret, by way of a file that names what it uses of the SDK: of a package
 * that is imported dynamically a bundler keeps everything.
 *
 * @param profile - of AWS; `undefined`: its own provider chain
 * @throws {ConfigError} `AUTHENTICATION_INVALID`, from the reader, for a secret that is not there, not allowed or binary
 * @throws {TransientError} `CREDENTIALS_UNAVAILABLE`, from the reader, where it could not be fetched now
 */
export const secretStore = (profile?: string): ReadSecret => {
  let opening: Promise<ReadSecret> | undefined;
  return async (arn) => {
    opening ??= import('./secrets-manager.ts').then(({ secretsManager }) => secretsManager(profile));
    const read = await opening;
    return read(arn);
  };
};
