import type { MskFacts } from '../../core/ports/aws-examination.ts';
import type { Answered } from '../../core/ports/examination.ts';
import { findingsOn, whyNot, type Finding } from './finding.ts';

const area = 'msk';

/** The way to authenticate at MSK that `--auth` comes to; `undefined` where MSK has none, or nobody knows what it comes to. */
const waysOf: Readonly<Record<string, MskFacts['authentication'][number] | undefined>> = {
  none: 'none',
  tls: 'none',
  iam: 'iam',
  'scram-sha-512': 'scram',
  'mutual-tls': 'tls',
};

const leastVersion = [3, 0] as const;

const isOld = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < leastVersion[0] || (major === leastVersion[0] && minor < leastVersion[1]);
};

export interface MskUse {
  readonly arn: string;
  /** `undefined` without `--bootstrap`. */
  readonly bootstrap: readonly string[] | undefined;
  /** What `--auth` comes to, or `--auth` itself where that is not known; without what may be a secret. */
  readonly authentication: string;
}

const judgeBootstrap = (use: MskUse, { bootstrap }: MskFacts): Finding => {
  const on = findingsOn(area, 'bootstrap', use.arn);
  const expected = 'the listeners of this cluster';
  if (bootstrap.kind === 'unanswered')
    return on.notProbed(
      whyNot(bootstrap),
      expected,
      'grant kafka:GetBootstrapBrokers to whoever asks, as each stage has it',
      'warning',
    );
  if (use.bootstrap === undefined) return on.ok(bootstrap.value.join(', '), expected);
  const strange = use.bootstrap.filter((address) => !bootstrap.value.includes(address));
  return strange.length === 0
    ? on.ok(use.bootstrap.join(', '), expected)
    : on.failure(
        `${strange.join(', ')}, which this cluster does not name`,
        bootstrap.value.join(', '),
        'give --bootstrap as the cluster names it, or another --cluster-arn',
      );
};

const judgeAuthentication = (use: MskUse, facts: MskFacts): readonly Finding[] => {
  const { authentication } = facts;
  const offered = authentication.join(', ') || 'nothing';
  const findings: Finding[] = [];
  const deployed = findingsOn(area, 'authentication', facts.name);
  const deployedExpected = 'iam or scram: what the deployed stages and their mappings use';
  findings.push(
    authentication.includes('iam') || authentication.includes('scram')
      ? deployed.ok(offered, deployedExpected)
      : deployed.failure(
          offered,
          deployedExpected,
          'turn on IAM access control or SASL/SCRAM for the cluster',
        ),
  );
  const way = waysOf[use.authentication];
  if (use.bootstrap !== undefined && way !== undefined && !authentication.includes(way))
    findings.push(
      findingsOn(area, 'authentication', `--auth ${use.authentication}`).failure(
        `the cluster takes ${offered}`,
        `a cluster that takes ${way}`,
        'authenticate in a way that it takes, or turn this one on',
      ),
    );
  if (authentication.includes('none'))
    findings.push(
      findingsOn(area, 'unauthenticated access', facts.name).warning(
        'on',
        'off: nobody reads or writes without a right',
        'turn it off once every client authenticates',
      ),
    );
  if (authentication.includes('iam') && facts.instanceType?.includes('.t3.') === true)
    findings.push(
      findingsOn(area, 'connections', facts.name).warning(
        `${facts.instanceType}: 4 new connections a second with IAM`,
        '100 a second, as every larger type takes',
        'choose a larger type for production: starts of many functions at once wait for each other',
      ),
    );
  return findings;
};

/** What MSK's own API says of a cluster. @see Amazon MSK developer guide, "Amazon MSK quota" */
export const judgeMsk = (use: MskUse, answered: Answered<MskFacts>): readonly Finding[] => {
  const on = findingsOn(area, 'cluster', use.arn);
  const expected = 'ACTIVE, Kafka 3.0 or later';
  if (answered.kind === 'unanswered')
    return [
      on.notProbed(
        answered.why,
        expected,
        'correct --cluster-arn and --profile, and grant kafka:DescribeClusterV2 to whoever asks',
      ),
    ];
  const facts = answered.value;
  const { state, kind, kafkaVersion, brokers, instanceType, encryption } = facts;
  const got = [
    state,
    kind,
    ...(kafkaVersion === undefined ? [] : [`Kafka ${kafkaVersion}`]),
    ...(brokers === undefined ? [] : [`${brokers} brokers of ${instanceType ?? 'an unknown type'}`]),
  ].join(', ');
  const findings: Finding[] = [];
  if (state !== 'ACTIVE')
    findings.push(on.failure(got, expected, 'wait until it is, or see its state in the console'));
  else if (kafkaVersion !== undefined && isOld(kafkaVersion))
    findings.push(on.failure(got, expected, 'upgrade the cluster'));
  else findings.push(on.ok(got, expected));
  if (encryption !== 'TLS')
    findings.push(
      findingsOn(area, 'encryption', facts.name).warning(
        encryption,
        'TLS alone between clients and brokers',
        'turn off PLAINTEXT once every client uses TLS',
      ),
    );
  return [...findings, ...judgeAuthentication(use, facts), judgeBootstrap(use, facts)];
};
