import type { AuthenticatedOptions } from '../adapters/kafka/authenticated.ts';
import { isEncrypted, type Authentication } from '../adapters/kafka/authentication/authentication.ts';
import { variablesOfProperties } from '../adapters/kafka/authentication/client-property-sources.ts';
import { resolveAuthentication } from '../adapters/kafka/authentication/resolve-authentication.ts';
import type { Access } from '../ops/doctor/judge-brokers.ts';
import { awsCredentials } from './aws-credentials.ts';
import type { KafkaAddress } from './kafka-address.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * How a client in this process gets to a cluster, and authenticates there.
 *
 * @param variables - `process.env`
 */
export const clusterAccess = (
  { bootstrap, auth, region, profile }: KafkaAddress,
  variables: Variables,
): Pick<AuthenticatedOptions, 'bootstrap' | 'auth' | 'variables' | 'profile'> => ({
  bootstrap,
  auth,
  variables: region === undefined ? variables : { ...variables, AWS_REGION: region },
  profile,
});

/**
 * What `--auth` comes to: properties in a file or in variables may say anything.
 *
 * @param variables - `process.env`
 * @throws {ConfigError} `AUTHENTICATION_INVALID` for properties that cannot serve
 */
export const authenticationAt = (address: KafkaAddress, variables: Variables): Authentication => {
  const { auth, ...options } = clusterAccess(address, variables);
  return resolveAuthentication(auth, options);
};

/**
 * The same for whoever judges it.
 *
 * @param variables - `process.env`
 * @throws {ConfigError} `AUTHENTICATION_INVALID` for properties that cannot serve
 */
export const accessAt = (address: KafkaAddress, variables: Variables): Access => {
  const authentication = authenticationAt(address, variables);
  return { authentication: authentication.kind, isEncrypted: isEncrypted(authentication) };
};

/** Where Secrets Manager is asked, where that is not AWS's own address. */
const secretsEndpoint = 'AWS_ENDPOINT_URL_SECRETS_MANAGER';

/** What an authentication needs of AWS: credentials to sign a token with, or to fetch a secret. */
const awsVariables = async (
  authentication: Authentication,
  profile: string | undefined,
  { [secretsEndpoint]: endpoint = '' }: Variables,
): Promise<Readonly<Record<string, string>>> => {
  if (authentication.kind === 'none') return {};
  if (authentication.kind === 'iam')
    return { ...(await awsCredentials(authentication.profile)), AWS_REGION: authentication.region };
  if (authentication.material.from === 'given') return {};
  return { ...(await awsCredentials(profile)), ...(endpoint === '' ? {} : { [secretsEndpoint]: endpoint }) };
};

/**
 * Tells the functions where the brokers are, and gives them what they authenticate with: they see nothing of this process'
 * environment but what stands here.
 *
 * @param variables - `process.env`
 * @throws {ConfigError} `AUTHENTICATION_INVALID` for properties that cannot serve; `ENVIRONMENT_INVALID` where credentials of AWS
 * are needed, and there are none
 */
export const kafkaVariables = async (
  address: KafkaAddress,
  variables: Variables,
): Promise<Readonly<Record<string, string>>> => ({
  FRESHET_LOG: `kafka:${address.bootstrap.join(',')}`,
  FRESHET_LOG_AUTH: address.authText,
  ...(address.auth.kind === 'variables' ? variablesOfProperties(variables) : {}),
  ...(await awsVariables(authenticationAt(address, variables), address.profile, variables)),
});
