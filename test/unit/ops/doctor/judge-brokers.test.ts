import { describe, expect, it } from 'vitest';
import {
  judgeAccess,
  judgeAuthorizer,
  judgeBroker,
  judgeCluster,
} from '../../../../lib/ops/doctor/judge-brokers.ts';
import { releaseOf } from '../../../../lib/ops/doctor/release.ts';
import { answer, silence } from '../../../support/examinations.ts';

const one = { node: 1, address: 'one:9092' };
const facts = { missingApis: [], metadataVersion: 26, fetchVersion: 18 };

describe('the brokers', () => {
  it.each([
    [answer([one, { node: 2, address: 'two:9092' }]), 'ok'],
    [answer([one]), 'warning'],
    [silence(), 'failure'],
  ])('%j are %s', (answered, level) => {
    expect(judgeCluster('one:9092', answered).map((finding) => finding.level)).toEqual([level]);
  });

  it('are each asked at the address that they advertise', () => {
    expect(judgeBroker(one, answer(facts))).toMatchObject({ level: 'ok', subject: 'broker 1 at one:9092' });
    expect(judgeBroker(one, silence())).toMatchObject({
      level: 'failure',
      probe: 'listener',
      fix: expect.stringContaining('advertised.listeners'),
    });
  });

  it('must speak what is needed', () => {
    expect(judgeBroker(one, answer({ ...facts, missingApis: ['Fetch'] }))).toMatchObject({
      level: 'failure',
      got: expect.stringContaining('no usable version of Fetch'),
    });
  });
});

it.each([
  ['none', true, 'ok'],
  ['none', false, 'warning'],
  ['iam', false, 'ok'],
])('authentication %s, of this machine alone %s: %s', (authentication, isLoopback, level) => {
  expect(judgeAccess({ authentication, isLoopback }).level).toBe(level);
});

it.each([
  [answer('present' as const), 'ok', 'the brokers ask'],
  [answer('none' as const), 'warning', 'no authorizer'],
  [silence('UNSUPPORTED_VERSION'), 'warning', 'not probed: UNSUPPORTED_VERSION'],
])('an authorizer %j is %s', (answered, level, got) => {
  expect(judgeAuthorizer(answered)).toMatchObject({ level, got: expect.stringContaining(got) });
});

it.each([
  [{ metadataVersion: 1, fetchVersion: 12 }, 'Kafka 3.0 or later'],
  [{ metadataVersion: 19, fetchVersion: 16 }, 'Kafka 3.7 or later'],
  [{ metadataVersion: 30, fetchVersion: 18 }, 'Kafka 4.3 or later'],
  [{ metadataVersion: undefined, fetchVersion: 12 }, 'Fetch up to version 12'],
])('%j is %s', (broker, text) => {
  expect(releaseOf(broker)).toContain(text);
});
