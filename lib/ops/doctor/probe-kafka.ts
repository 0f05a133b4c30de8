import type { ResolvedContract } from '../../core/contract/resolved.ts';
import { namesIn, stageSources, writesIn } from '../../core/contract/stage-sources.ts';
import type { EventLog } from '../../core/ports/event-log.ts';
import type { Answered, TopicFacts } from '../../core/ports/examination.ts';
import { messageOf } from '../../core/errors.ts';
import { epochMsOf } from '../../core/units.ts';
import { wantedTopics } from '../topics/wanted-topics.ts';
import type { ExaminedKafka } from './doctor-ports.ts';
import { findingsOn, type Finding } from './finding.ts';
import { judgeAccess, judgeAuthorizer, judgeBroker, judgeCluster } from './judge-brokers.ts';
import { judgeBrokerClock } from './judge-clocks.ts';
import { judgeProducer, judgeStageAccess } from './judge-rights.ts';
import { horizonOf, judgeOffsets, judgeTopic } from './judge-topics.ts';

/** A contract where it is deployed. */
export interface Examined {
  readonly contract: ResolvedContract;
  readonly environment: string;
}

/** The beginning of time: everything is at or after it. */
const always = epochMsOf(0);

const connectFirst = 'mend the connection, and look again';

/** What is not looked at because no broker answers. */
const notConnected = ({ contract }: Examined): readonly Finding[] => {
  const why = 'no connection to the brokers';
  return [
    findingsOn('topics', 'topics', contract.pipeline).notProbed(
      why,
      'the topics of the contract',
      connectFirst,
    ),
    findingsOn('rights', 'access control', contract.pipeline).notProbed(
      why,
      'the rights of each stage',
      connectFirst,
    ),
    findingsOn('clocks', 'skew', 'controller of the brokers').notProbed(
      why,
      'a clock that is compared',
      connectFirst,
    ),
  ];
};

/** Whether replays could begin at a time in what a stage reads. */
export const probeOffsets = async (
  log: Pick<EventLog, 'offsets' | 'offsetsAt'>,
  topic: string,
): Promise<Finding> => {
  const on = findingsOn('topics', 'offsets by time', topic);
  const expected = 'for every partition the first record at a time, or its end';
  try {
    const byTime = await log.offsetsAt(topic, always);
    const ranges = await log.offsets(topic);
    return ranges.length === 0
      ? on.notProbed('no such topic', expected, 'create the topic first', 'warning')
      : judgeOffsets(topic, ranges, byTime);
  } catch (thrown) {
    return on.notProbed(
      messageOf(thrown),
      expected,
      'grant the right to describe and to read the topic, or see that its leaders answer',
    );
  }
};

/** Everything that brokers can be asked without changing anything. */
export const probeKafka = async (
  { bootstrap, opened, auth, isLoopback }: ExaminedKafka,
  examined: Examined,
): Promise<readonly Finding[]> => {
  const address = bootstrap.join(',');
  const brokers = opened.kind === 'answered' ? await opened.value.examination.brokers() : opened;
  const cluster = judgeCluster(address, brokers);
  if (opened.kind === 'unanswered' || brokers.kind === 'unanswered')
    return [...cluster, ...notConnected(examined)];
  const { access, examination, log } = opened.value;
  const { contract, environment } = examined;
  const wanted = wantedTopics(contract, environment);
  const stages = stageSources(contract);
  const [ofBrokers, authorizer, topics, producer, clock] = await Promise.all([
    Promise.all(
      brokers.value.map(async (broker) => judgeBroker(broker, await examination.broker(broker.node))),
    ),
    examination.authorizer(),
    Promise.all(wanted.map(async (topic) => [topic, await examination.topic(topic.name)] as const)),
    examination.producerId(),
    examination.clock(),
  ]);
  const facts = new Map<string, Answered<TopicFacts | null>>(
    topics.map(([{ name }, answered]) => [name, answered]),
  );
  const rights = await Promise.all(
    stages.map(async (stage) => {
      const { source: reads, group } = namesIn(environment, stage);
      const writes = writesIn(environment, contract, stage);
      return judgeStageAccess(
        { stage: stage.name, reads, group, writes },
        { topics: facts, group: await examination.group(group) },
      );
    }),
  );
  const offsets = await Promise.all(
    stages.map((stage) => probeOffsets(log, namesIn(environment, stage).source)),
  );
  return [
    ...cluster,
    ...ofBrokers,
    judgeAccess({ auth, isLoopback, ...access }),
    judgeAuthorizer(authorizer),
    ...topics.flatMap(([topic, answered]) =>
      judgeTopic(
        { wanted: topic, horizonMs: horizonOf(contract, environment, topic.name) },
        answered,
        brokers.value.length,
      ),
    ),
    ...offsets,
    ...rights,
    judgeProducer(producer),
    judgeBrokerClock(clock),
  ];
};
