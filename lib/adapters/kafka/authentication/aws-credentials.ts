import { ConfigError } from '../../../core/errors.ts';
import { epochMsOf, type EpochMs } from '../../../core/units.ts';
import { Sensitive } from './sensitive.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Sensitive<string>;
  readonly sessionToken: Sensitive<string> | undefined;
  readonly expiresAt: EpochMs | undefined;
}

export type AwsCredentialProvider = () => Promise<AwsCredentials>;

type Variables = Readonly<Record<string, string | undefined>>;

/** As the SDK's own `fromEnv` reads them. */
const ofVariables = (variables: Variables): AwsCredentials | undefined => {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = variables;
  if (accessKeyId === '' || secretAccessKey === '') return undefined;
  const { AWS_SESSION_TOKEN: token = '', AWS_CREDENTIAL_EXPIRATION: expiration = '' } = variables;
  return {
    accessKeyId,
    secretAccessKey: new Sensitive(secretAccessKey),
    sessionToken: token === '' ? undefined : new Sensitive(token),
    expiresAt: expiration === '' ? undefined : epochMsOf(Date.parse(expiration)),
  };
};

export interface AwsCredentialOptions {
  /** `process.env` */
  readonly variables: Variables;
  readonly region: string;
  /** A profile of the shared configuration; goes before the environment. */
  readonly profile: string | undefined;
}

/**
 * Credentials of AWS's provider chain.
 *
 * In Lambda they are in the environment, and the SDK's chain is not even loaded. Elsewhere the chain keeps them and
 * renews them before they expire.
 *
 * @throws {ConfigError} `AUTHENTICATION_INVALID`, from the provider, where there are none
 */
export const awsCredentials = ({
  variables,
  region,
  profile,
}: AwsCredentialOptions): AwsCredentialProvider => {
  const { AWS_PROFILE: selected = '' } = variables;
  const name = profile ?? (selected === '' ? undefined : selected);
  let chain: ReturnType<typeof loadChain> | undefined;
  return async () => {
    const direct = name === undefined ? ofVariables(variables) : undefined;
    if (direct) return direct;
    chain ??= loadChain(region, name);
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await (
      await chain
    )().catch((thrown: unknown) => {
      throw new ConfigError('AUTHENTICATION_INVALID', {
        message: `no AWS credentials ${name === undefined ? 'were found' : `for the profile "${name}"`}. Fix: sign in (aws sso login, aws configure), set AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
        cause: thrown,
      });
    });
    return {
      accessKeyId,
      secretAccessKey: new Sensitive(secretAccessKey),
      sessionToken: sessionToken === undefined ? undefined : new Sensitive(sessionToken),
      expiresAt: expiration && epochMsOf(expiration.getTime()),
    };
  };
};

const loadChain = async (region: string, profile: string | undefined) => {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  return defaultProvider({ ...(profile === undefined ? {} : { profile }), clientConfig: { region } });
};
