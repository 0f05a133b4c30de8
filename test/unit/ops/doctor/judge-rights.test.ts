import { describe, expect, it } from 'vitest';
import { rightsOf } from '../../../../lib/adapters/kafka/rights.ts';
import type { Right, TopicFacts } from '../../../../lib/core/ports/examination.ts';
import {
  judgeProducer,
  judgeStageAccess,
  type AccessFacts,
} from '../../../../lib/ops/doctor/judge-rights.ts';
import { allRights, answer, silence, topicFacts } from '../../../support/examinations.ts';

const access = { stage: 'features', reads: 'in', group: 'g', writes: ['out', 'in.dlq'] } as const;

const withRights = (...rights: readonly Right[]): TopicFacts => ({ ...topicFacts, rights: new Set(rights) });

const everything: AccessFacts = {
  topics: new Map(['in', 'out', 'in.dlq'].map((name) => [name, answer(topicFacts)])),
  group: answer({ state: 'Stable', rights: allRights }),
};

const judged = (change: Partial<AccessFacts>) => judgeStageAccess(access, { ...everything, ...change });

describe('a stage', () => {
  it('that may do all of it is ok', () => {
    expect(judged({})).toMatchObject({
      level: 'ok',
      subject: 'features',
      got: expect.stringContaining('Stable'),
    });
  });

  it.each<[string, Partial<AccessFacts>]>([
    ['read topic in', { topics: new Map([...everything.topics, ['in', answer(withRights('describe'))]]) }],
    [
      'write topic out',
      { topics: new Map([...everything.topics, ['out', answer(withRights('describe', 'read'))]]) },
    ],
    [
      'describe topic in.dlq, write topic in.dlq',
      { topics: new Map([...everything.topics, ['in.dlq', silence('TOPIC_AUTHORIZATION_FAILED')]]) },
    ],
    ['read group g', { group: answer({ state: 'Empty', rights: new Set<Right>(['describe']) }) }],
    ['describe group g, read group g', { group: silence('GROUP_AUTHORIZATION_FAILED') }],
  ])('that may not %s fails, and nothing else is missing', (right, change) => {
    expect(judged(change)).toMatchObject({ level: 'failure', got: `no right to ${right}` });
  });

  it.each<[string, Partial<AccessFacts>]>([
    ['topic out (there is none)', { topics: new Map([...everything.topics, ['out', answer(null)]]) }],
    ['group g (nobody answered)', { group: silence() }],
    ['topic in, topic out, topic in.dlq', { topics: new Map() }],
  ])('of which %s cannot be asked is not taken for right', (what, change) => {
    expect(judged(change)).toMatchObject({ level: 'warning', got: `not probed: ${what}` });
  });
});

it.each([
  [answer('given' as const), 'ok'],
  [silence('CLUSTER_AUTHORIZATION_FAILED'), 'failure'],
  [silence(), 'failure'],
])('a producer’s id %j is %s', (answered, level) => {
  expect(judgeProducer(answered).level).toBe(level);
});

it('rights are the bits of Kafka’s operations', () => {
  expect([...rightsOf(0)]).toEqual([]);
  expect([...rightsOf((1 << 3) | (1 << 8))]).toEqual(['read', 'describe']);
  // What a broker answers that was not asked.
  expect([...rightsOf(-2_147_483_648)]).toEqual([]);
});
