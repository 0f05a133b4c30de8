import type { Authentication } from '../../adapters/kafka/authentication/authentication.ts';
import type { Answered, BrokerAddress, BrokerFacts } from '../../core/ports/examination.ts';
import { findingsOn, whyNot, type Finding } from './finding.ts';
import { releaseOf } from './release.ts';

/** What `--auth` comes to: properties in a file or in variables may say anything, also nothing. */
export interface Access {
  /** How a client proves who it is: `scram-sha-512`; `none` and `tls` where it does not. */
  readonly authentication: Authentication['kind'];
  /** Whether what goes between client and brokers is encrypted. */
  readonly isEncrypted: boolean;
}

/** Where the brokers are, and how they are spoken to. */
export interface Approach extends Access {
  /** As in `FRESHET_LOG_AUTH`, without what may be a secret: `none`, `properties`. */
  readonly auth: string;
  /** Whether the addresses given are all of this machine. */
  readonly isLoopback: boolean;
}

const area = 'brokers';

export const judgeCluster = (
  bootstrap: string,
  answered: Answered<readonly BrokerAddress[]>,
): readonly Finding[] => {
  const expected = 'brokers that answer, three or more where records must not be lost';
  if (answered.kind === 'unanswered')
    return [
      findingsOn(area, 'connection', bootstrap).failure(
        answered.why,
        'an answer of the brokers',
        'correct --bootstrap and --auth, and see that the network reaches the brokers',
      ),
    ];
  const on = findingsOn(area, 'connection', bootstrap);
  const listed = answered.value.map(({ node, address }) => `${node} at ${address}`).join(', ');
  return answered.value.length === 1
    ? [
        on.warning(
          `one broker: ${listed}`,
          expected,
          'add brokers before it matters: with one, what it loses is lost, and while it is away everything stands still',
        ),
      ]
    : [on.ok(`${answered.value.length} brokers: ${listed}`, expected)];
};

export const judgeBroker = ({ node, address }: BrokerAddress, answered: Answered<BrokerFacts>): Finding => {
  const subject = `broker ${node} at ${address}`;
  if (answered.kind === 'unanswered')
    return findingsOn(area, 'listener', subject).failure(
      whyNot(answered),
      'an answer at the address that the broker advertises',
      'correct advertised.listeners, or let this machine reach that address: clients use it, not the bootstrap address',
    );
  const on = findingsOn(area, 'version', subject);
  const { missingApis } = answered.value;
  const release = releaseOf(answered.value);
  const expected = 'every request that the stages, their mappings and operators need: Kafka 3.0 or later';
  return missingApis.length === 0
    ? on.ok(release, expected)
    : on.failure(
        `${release}; no usable version of ${missingApis.join(', ')}`,
        expected,
        'upgrade the broker',
      );
};

/** TLS alone proves only who the broker is. */
const anonymous: ReadonlySet<Access['authentication']> = new Set(['none', 'tls']);

const lackOf = ({ authentication, isEncrypted }: Access): string | undefined => {
  if (anonymous.has(authentication))
    return isEncrypted ? 'encryption, and no authentication' : 'neither encryption nor authentication';
  return isEncrypted ? undefined : `${authentication}, and no encryption: who listens reads everything`;
};

export const judgeAccess = ({ auth, isLoopback, ...access }: Approach): Finding => {
  const on = findingsOn(area, 'authentication', `--auth ${auth}`);
  const expected = 'encryption, and a client that proves who it is';
  const fix = 'use a listener with TLS and SASL or client certificates, and name it with --auth';
  const lack = lackOf(access);
  if (lack === undefined)
    return on.ok(`the brokers let us in with ${access.authentication}, encrypted`, expected);
  // What stays on this machine nobody else reads.
  return isLoopback
    ? on.ok(`${lack}; brokers of this machine alone`, expected)
    : on.warning(lack, expected, fix);
};

export const judgeAuthorizer = (answered: Answered<'present' | 'none'>): Finding => {
  const on = findingsOn(area, 'authorizer', 'cluster');
  const expected = 'access control: a right for what each client does, and for nothing else';
  if (answered.kind === 'unanswered')
    return on.notProbed(
      whyNot(answered),
      expected,
      'ask whoever runs the cluster: these brokers do not say whether they have an authorizer',
      'warning',
    );
  return answered.value === 'present'
    ? on.ok('the brokers ask what is allowed', expected)
    : on.warning(
        'no authorizer: the brokers refuse nothing to anybody who reaches them',
        expected,
        'set authorizer.class.name and grant each stage its rights',
      );
};
