import { ConfigError, TransientError, type Problem } from '../../../core/errors.ts';
import { describeAuthentication, type Authentication } from './authentication.ts';
import type { ConnectFailure } from './connect-failure.ts';

export interface FailureFacts {
  readonly authentication: Authentication;
  /** Whether the brokers accepted these or earlier credentials of the same origin: then a rotation is on its way. */
  readonly wasAccepted: boolean;
  /** Whether the credentials were fetched again, and refused again. */
  readonly wasRenewed: boolean;
  readonly cause?: unknown;
}

/** What the credentials should be, and where to look: by how a client authenticates. */
const credentialsAdvice = (authentication: Authentication): Pick<Problem, 'expected' | 'fix'> => {
  const origin =
    authentication.kind === 'none' || authentication.kind === 'iam' ? undefined : authentication.material;
  switch (authentication.kind) {
    case 'scram-sha-256':
    case 'scram-sha-512':
    case 'plain':
      return {
        expected: 'the name and password of a user of this cluster',
        fix:
          origin?.from === 'secret'
            ? 'compare the secret with the cluster’s users; one of MSK must be associated with the cluster'
            : `correct the user in ${origin?.source ?? 'the properties'}`,
      };
    case 'oauth':
      return {
        expected: 'a token that the brokers take',
        fix: 'check the OAuth client, its scope, and what issuer and audience the brokers ask for',
      };
    case 'iam':
      return {
        expected: 'AWS credentials with kafka-cluster:Connect on this cluster',
        fix: `grant it to the role, and check that the cluster is in ${authentication.region} and the clock is right`,
      };
    case 'none':
    case 'tls':
    case 'mutual-tls':
      return {
        expected: 'the protocol of the listener that the address names',
        fix: 'check the port, and how the cluster authenticates there',
      };
  }
};

const problemOf = (failure: ConnectFailure, { authentication, wasRenewed }: FailureFacts): Problem => {
  const path = describeAuthentication(authentication);
  const again = wasRenewed ? ', and again after they were fetched anew' : '';
  switch (failure.kind) {
    case 'credentials-refused':
      return {
        path,
        got: `a refusal${again}: "${failure.detail}"`,
        ...credentialsAdvice(authentication),
      };
    case 'throttled':
      return {
        path,
        got: `"${failure.detail}"`,
        expected: 'fewer new connections a second than the broker takes',
        fix: 'wait; if it stays, use larger brokers or fewer functions at a time',
      };
    case 'mechanism-unsupported':
      return {
        path,
        got: 'a broker that does not offer it at this address',
        expected: failure.offered.length > 0 ? `one of ${failure.offered.join(', ')}` : 'what it offers',
        fix: 'use that, or the port of another listener',
      };
    case 'sasl-expected':
      return {
        path,
        got: 'a broker that asks for SASL at this address',
        expected: `one of ${failure.offered.join(', ')}`,
        fix: 'authenticate, or use the port of another listener',
      };
    case 'certificate-refused':
      return {
        path,
        got: `the broker’s refusal of ${authentication.kind === 'mutual-tls' ? `the client’s certificate${again}` : 'a client without certificate'} (${failure.code})`,
        expected: 'a certificate of an authority that the broker trusts, not expired',
        fix:
          authentication.kind === 'mutual-tls'
            ? 'renew it, or have the broker trust its authority'
            : 'give one, or use the port of another listener',
      };
    case 'broker-untrusted':
      return failure.code === 'ERR_TLS_CERT_ALTNAME_INVALID'
        ? {
            path,
            got: 'a broker whose certificate is for another host name',
            expected: 'the name that it is reached by',
            fix: 'use the names that the brokers advertise in the certificate',
          }
        : {
            path,
            got: `a broker’s certificate that does not hold (${failure.code})`,
            expected: 'one of an authority that is trusted here',
            fix: 'name the authority: ca in the secret, ssl.truststore.certificates, or NODE_EXTRA_CA_CERTS',
          };
    case 'tls-expected':
      return {
        path,
        got: 'a broker that speaks TLS at this address',
        expected: 'one that does not',
        fix: 'use TLS, or the port of another listener',
      };
    case 'tls-not-spoken':
      return {
        path,
        got: 'a broker that speaks no TLS at this address',
        expected: 'one that does',
        fix: 'use the port of its TLS listener',
      };
  }
};

const throttledRetryMs = 1_000;

/**
 * The error for a failure to authenticate, named by its consequence: what never worked is configured wrongly; what worked
 * before comes back when a rotation has reached everybody.
 */
export const explainFailure = (
  failure: ConnectFailure,
  facts: FailureFacts,
): ConfigError | TransientError => {
  const problem = problemOf(failure, facts);
  const { cause } = facts;
  const said = `${problem.path}: got ${problem.got}; expected ${problem.expected}. Fix: ${problem.fix}`;
  if (failure.kind === 'throttled')
    return new TransientError('LOG_UNAVAILABLE', { message: said, retryAfterMs: throttledRetryMs, cause });
  if (facts.wasAccepted)
    return new TransientError('AUTHENTICATION_REFUSED', {
      message: `${said}; it worked before, so it is tried again`,
      cause,
    });
  return new ConfigError('AUTHENTICATION_REFUSED', {
    message: 'the brokers cannot be used:',
    problems: [problem],
    cause,
  });
};
