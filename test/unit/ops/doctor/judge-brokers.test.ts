import { describe, expect, it } from 'vitest';
import {
  judgeAccess,
  judgeAuthorizer,
  judgeBroker,
  judgeCluster,
  type Access,
} from '../../../../lib/ops/doctor/judge-brokers.ts';
import type { Finding } from '../../../../lib/ops/doctor/finding.ts';
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

describe('what --auth comes to', () => {
  const near = { auth: 'properties', isLoopback: true };
  const far = { auth: 'properties', isLoopback: false };

  it.each<[Access['authentication'], boolean, Finding['level'], string]>([
    ['mutual-tls', true, 'ok', 'with mutual-tls, encrypted'],
    ['scram-sha-256', true, 'ok', 'with scram-sha-256, encrypted'],
    ['scram-sha-512', true, 'ok', 'with scram-sha-512, encrypted'],
    ['plain', true, 'ok', 'with plain, encrypted'],
    ['oauth', true, 'ok', 'with oauth, encrypted'],
    ['iam', true, 'ok', 'with iam, encrypted'],
    ['none', false, 'warning', 'neither encryption nor authentication'],
    ['tls', true, 'warning', 'encryption, and no authentication'],
    ['scram-sha-256', false, 'warning', 'scram-sha-256, and no encryption'],
    ['scram-sha-512', false, 'warning', 'scram-sha-512, and no encryption'],
    ['plain', false, 'warning', 'plain, and no encryption'],
    ['oauth', false, 'warning', 'oauth, and no encryption'],
  ])('%s, encrypted %s: %s', (authentication, isEncrypted, level, got) => {
    expect(judgeAccess({ ...far, authentication, isEncrypted })).toMatchObject({
      subject: '--auth properties',
      level,
      got: expect.stringContaining(got),
    });
    // What stays on this machine nobody else reads, but it is said what it is.
    expect(judgeAccess({ ...near, authentication, isEncrypted })).toMatchObject({
      level: 'ok',
      got: expect.stringContaining(got),
    });
  });
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
