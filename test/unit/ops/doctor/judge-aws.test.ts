import { describe, expect, it } from 'vitest';
import type { AccountFacts, MskFacts } from '../../../../lib/core/ports/aws-examination.ts';
import { judgeAccount, mostInvocations } from '../../../../lib/ops/doctor/judge-account.ts';
import { judgeMsk } from '../../../../lib/ops/doctor/judge-msk.ts';
import { ordersStages } from '../../../support/orders-stages.ts';
import { answer, seen, silence } from '../../../support/examinations.ts';

const { contract } = ordersStages.features;

const facts: MskFacts = {
  name: 'flights',
  state: 'ACTIVE',
  kind: 'provisioned',
  kafkaVersion: '3.8.x',
  instanceType: 'kafka.m7g.large',
  brokers: 3,
  authentication: ['iam'],
  encryption: 'TLS',
  bootstrap: answer(['b-1:9098', 'b-2:9098']),
};
const use = { arn: 'arn', bootstrap: ['b-1:9098'], authentication: 'iam' } as const;
const judged = (
  change: Partial<MskFacts>,
  how: Partial<Parameters<typeof judgeMsk>[0]> = {},
): readonly string[] =>
  seen(judgeMsk({ ...use, ...how }, answer({ ...facts, ...change }))).filter((one) => !one.startsWith('ok'));

describe('a cluster of MSK', () => {
  it('that is right is ok in everything', () => {
    expect(seen(judgeMsk(use, answer(facts)))).toEqual(['ok cluster', 'ok authentication', 'ok bootstrap']);
    expect(judged({ kind: 'serverless', kafkaVersion: undefined, brokers: undefined })).toEqual([]);
  });

  it.each<[string, Partial<MskFacts>, readonly string[]]>([
    ['another state', { state: 'CREATING' }, ['failure cluster']],
    ['an old version', { kafkaVersion: '2.8.1' }, ['failure cluster']],
    ['the first version that will do', { kafkaVersion: '3.0.0' }, []],
    ['plaintext beside TLS', { encryption: 'TLS_PLAINTEXT' }, ['warning encryption']],
    [
      'no way in for functions',
      { authentication: ['tls'] },
      ['failure authentication', 'failure authentication'],
    ],
    ['a way in for everybody', { authentication: ['iam', 'none'] }, ['warning unauthenticated access']],
    ['few connections a second', { instanceType: 'kafka.t3.small' }, ['warning connections']],
    ['other addresses', { bootstrap: answer(['b-9:9098']) }, ['failure bootstrap']],
    ['addresses that nobody tells', { bootstrap: silence('ForbiddenException') }, ['warning bootstrap']],
  ])('with %s says so', (_, change, expected) => {
    expect(judged(change)).toEqual(expected);
  });

  it('is compared with --auth only where that says what it is', () => {
    expect(judged({}, { authentication: 'scram-sha-512' })).toEqual(['failure authentication']);
    expect(judged({}, { authentication: 'properties' })).toEqual([]);
    expect(judged({}, { authentication: 'none', bootstrap: undefined })).toEqual([]);
  });

  it('that does not answer fails', () => {
    expect(judgeMsk(use, silence())).toMatchObject([
      { level: 'failure', got: 'not probed: nobody answered' },
    ]);
  });
});

describe('an account', () => {
  const mapping = { id: 'm', functionArn: 'f', state: 'Enabled', group: 'dev.orders.features' };
  const account: AccountFacts = { concurrency: 1_000, unreserved: 900, mappings: answer([mapping]) };
  const found = (change: Partial<AccountFacts>): readonly string[] =>
    seen(judgeAccount(contract, 'dev', answer({ ...account, ...change }))).filter(
      (one) => !one.startsWith('ok'),
    );

  it('has room for every mapping at its most, which is one invocation a partition', () => {
    expect(mostInvocations(contract)).toBe(9);
    expect(seen(judgeAccount(contract, 'dev', answer(account)))).toEqual([
      'ok concurrent executions',
      'ok mapping',
      'ok mapping',
      'ok mapping',
    ]);
  });

  it.each<[string, Partial<AccountFacts>, readonly string[]]>([
    ['109 unreserved', { unreserved: 109 }, []],
    ['108 unreserved', { unreserved: 108 }, ['warning concurrent executions']],
    ['8 unreserved', { unreserved: 8 }, ['failure concurrent executions']],
    [
      'two mappings of a group',
      { mappings: answer([mapping, { ...mapping, id: 'n' }]) },
      ['failure mapping'],
    ],
    ['a disabled mapping', { mappings: answer([{ ...mapping, state: 'Disabled' }]) }, ['warning mapping']],
    ['mappings that nobody tells', { mappings: silence('AccessDeniedException') }, ['warning mappings']],
  ])('with %s says so', (_, change, expected) => {
    expect(found(change)).toEqual(expected);
  });

  it('that does not answer fails', () => {
    expect(seen(judgeAccount(contract, 'dev', silence()))).toEqual(['failure concurrent executions']);
  });
});
