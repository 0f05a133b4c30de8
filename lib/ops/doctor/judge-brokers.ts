import type { Answered, BrokerAddress, BrokerFacts } from '../../core/ports/examination.ts';
import { findingsOn, whyNot, type Finding } from './finding.ts';
import { releaseOf } from './release.ts';

/** How the brokers are spoken to. */
export interface Access {
  /** As in `FRESHET_LOG_AUTH`, without what may be a secret: `none`, `iam`. */
  readonly authentication: string;
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

export const judgeAccess = ({ authentication, isLoopback }: Access): Finding => {
  const on = findingsOn(area, 'authentication', `--auth ${authentication}`);
  const expected = 'encryption, and a client that proves who it is';
  const fix = 'use a listener with TLS and SASL or client certificates, and name it with --auth';
  if (authentication !== 'none') return on.ok(`the brokers let us in with ${authentication}`, expected);
  // What stays on this machine nobody else reads.
  return isLoopback
    ? on.ok('none, and brokers of this machine alone', expected)
    : on.warning('neither encryption nor authentication', expected, fix);
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
