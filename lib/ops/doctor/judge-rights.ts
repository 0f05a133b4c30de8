import type { Answered, GroupFacts, Right, TopicFacts } from '../../core/ports/examination.ts';
import type { StageName } from '../../core/contract/resolved.ts';
import { findingsOn, whyNot, type Finding } from './finding.ts';

/** What a stage and its mapping do in Kafka. Full names. */
export interface StageAccess {
  readonly stage: StageName;
  readonly reads: string;
  readonly group: string;
  readonly writes: readonly string[];
}

export interface AccessFacts {
  readonly topics: ReadonlyMap<string, Answered<TopicFacts | null>>;
  readonly group: Answered<GroupFacts>;
}

interface Judged {
  readonly missing: readonly string[];
  /** Of which nobody could be asked. */
  readonly unknown: readonly string[];
}

const refusals = new Set(['TOPIC_AUTHORIZATION_FAILED', 'GROUP_AUTHORIZATION_FAILED']);

const judgeResource = (
  what: string,
  needed: readonly Right[],
  answered: Answered<{ readonly rights: ReadonlySet<Right> } | null> | undefined,
): Judged => {
  const all = needed.map((right) => `${right} ${what}`);
  if (answered === undefined) return { missing: [], unknown: [what] };
  // Who may not describe it is told of no other right: as far as can be seen it has none.
  if (answered.kind === 'unanswered')
    return refusals.has(answered.code ?? '')
      ? { missing: all, unknown: [] }
      : { missing: [], unknown: [`${what} (${whyNot(answered)})`] };
  const { value } = answered;
  return value === null
    ? { missing: [], unknown: [`${what} (there is none)`] }
    : {
        missing: needed.filter((right) => !value.rights.has(right)).map((right) => `${right} ${what}`),
        unknown: [],
      };
};

/** What a stage may do, as those who ask would be let: the rights are theirs, not those of the stage's role. */
export const judgeStageAccess = (
  { stage, reads, group, writes }: StageAccess,
  { topics, group: groupFacts }: AccessFacts,
): Finding => {
  const judged = [
    judgeResource(`topic ${reads}`, ['describe', 'read'], topics.get(reads)),
    judgeResource(`group ${group}`, ['describe', 'read'], groupFacts),
    ...writes.map((topic) => judgeResource(`topic ${topic}`, ['describe', 'write'], topics.get(topic))),
  ];
  const on = findingsOn('rights', 'access control', stage);
  const expected = `read ${reads} in group ${group}, write ${writes.join(', ')}`;
  const missing = judged.flatMap((one) => one.missing);
  const unknown = judged.flatMap((one) => one.unknown);
  if (missing.length > 0)
    return on.failure(
      `no right to ${missing.join(', ')}`,
      expected,
      'grant them to the user that --auth names, or examine with the one that the stage has',
    );
  if (unknown.length > 0)
    return on.notProbed(
      unknown.join(', '),
      expected,
      'mend what keeps them from being looked at, and look again',
      'warning',
    );
  const state = groupFacts.kind === 'answered' ? groupFacts.value.state : '';
  return on.ok(`may do all of it; its group is ${state === 'Dead' ? 'not there yet' : state}`, expected);
};

/** Stages write idempotently: that asks for a producer's id, which needs a right of its own with some brokers. */
export const judgeProducer = (answered: Answered<'given'>): Finding => {
  const on = findingsOn('rights', 'idempotent producer', 'cluster');
  const expected = 'an id, for which brokers want the right to write some topic, or to write idempotently';
  if (answered.kind === 'answered') return on.ok('an id was given', expected);
  return answered.code === 'CLUSTER_AUTHORIZATION_FAILED'
    ? on.failure(
        answered.code,
        expected,
        'grant IdempotentWrite on the cluster (with MSK’s IAM: kafka-cluster:WriteDataIdempotently)',
      )
    : on.notProbed(whyNot(answered), expected, 'see the log of the broker');
};
