import { ConfigError, messageOf } from '../core/errors.ts';

/**
 * The credentials of a profile, as variables: functions take them from their environment, as in Lambda.
 *
 * Temporary credentials last as long as they last: a run that outlives them has to be started again.
 *
 * @param profile - `undefined`: AWS's own provider chain, environment first
 * @throws {ConfigError} `ENVIRONMENT_INVALID` where there are none
 */
export const awsCredentials = async (
  profile: string | undefined,
): Promise<Readonly<Record<string, string>>> => {
  try {
    // Few runs ask for any, and it takes every command 20 ms to load.
    const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
    const credentials = await defaultProvider(profile === undefined ? {} : { profile })();
    return {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      ...(credentials.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: credentials.sessionToken }),
    };
  } catch (cause) {
    throw new ConfigError('ENVIRONMENT_INVALID', {
      message: `There are no credentials for AWS: ${messageOf(cause)}`,
      problems: [
        {
          path: profile === undefined ? 'AWS_PROFILE' : '--profile',
          got: profile ?? 'nothing',
          expected: 'a profile that can be used now',
          fix: 'sign in (aws sso login), or name another profile',
        },
      ],
      cause,
    });
  }
};
