import { ConfigResourceTypes } from '@platformatic/kafka';
import type { TopicDescription, TopicSettings } from '../../core/ports/event-log.ts';
import type { Cluster, TopicMetadata } from './cluster.ts';
import { KafkaFault, codeNamed, expectNone, refused } from './faults.ts';
import { createTopicsApi, deleteTopicsApi, describeConfigsApi } from './protocol.ts';

/** The broker waits so long until all of it is done; that it takes longer is no failure, for the metadata is looked at after. */
const BROKER_WAIT_MS = 5_000;

const RETENTION = 'retention.ms';
const MAX_RECORD_BYTES = 'max.message.bytes';
const SEGMENT = 'segment.ms';
const CLEANUP = 'cleanup.policy';
const TIMESTAMP_TYPE = 'message.timestamp.type';

export type TopicConfig = ReadonlyMap<string, string>;

/** What a description is made of. */
export const DESCRIBED: readonly string[] = [RETENTION, MAX_RECORD_BYTES, SEGMENT, CLEANUP, TIMESTAMP_TYPE];

/** The topic's own values, or the broker's where it has none. @throws {KafkaFault} */
export const configsOf = async (
  cluster: Pick<Cluster, 'askAny'>,
  topics: readonly string[],
  keys: readonly string[],
): Promise<ReadonlyMap<string, TopicConfig>> => {
  if (topics.length === 0) return new Map();
  const resources = topics.map((resourceName) => ({
    resourceType: ConfigResourceTypes.TOPIC,
    resourceName,
    configurationKeys: [...keys],
  }));
  const { results } = await cluster.askAny(describeConfigsApi, resources, false, false);
  const found = new Map<string, TopicConfig>();
  for (const { resourceName, errorCode, configs } of results) {
    // It was deleted since it was looked up.
    if (codeNamed(errorCode) === 'UNKNOWN_TOPIC_OR_PARTITION') continue;
    expectNone(errorCode, `the configuration of topic ${resourceName}`);
    found.set(resourceName, new Map(configs.map(({ name, value }) => [name, value ?? ''])));
  }
  return found;
};

/**
 * The largest record batch that each topic takes, in bytes.
 *
 * @returns `undefined` for a topic that may be written to but whose configuration may not be read
 * @throws {KafkaFault}
 */
export const maxRecordBytesOf = async (
  cluster: Pick<Cluster, 'askAny'>,
  topic: string,
): Promise<number | undefined> => {
  try {
    const config = (await configsOf(cluster, [topic], [MAX_RECORD_BYTES])).get(topic);
    const bytes = Number(config?.get(MAX_RECORD_BYTES));
    return Number.isFinite(bytes) ? bytes : undefined;
  } catch (thrown) {
    if (thrown instanceof KafkaFault && thrown.code !== undefined && !thrown.canRetry) return undefined;
    throw thrown;
  }
};

export const descriptionOf = (
  name: string,
  { id, leaders }: Pick<TopicMetadata, 'id' | 'leaders'>,
  config: TopicConfig,
): TopicDescription => {
  const retentionMs = Number(config.get(RETENTION));
  return {
    name,
    id,
    partitions: leaders.length,
    retentionMs: retentionMs < 0 ? Number.POSITIVE_INFINITY : retentionMs,
    maxRecordBytes: Number(config.get(MAX_RECORD_BYTES)),
    segmentMs: Number(config.get(SEGMENT)),
    cleanupPolicy: config.get(CLEANUP) ?? '',
    timestampType: config.get(TIMESTAMP_TYPE) === 'LogAppendTime' ? 'LOG_APPEND_TIME' : 'CREATE_TIME',
  };
};

/** By name, in order; those that do not exist are left out. @param topics - `null`: all but the brokers' own */
export const describeTopics = (
  cluster: Cluster,
  topics: readonly string[] | null,
): Promise<readonly TopicDescription[]> =>
  cluster.attempt('the description of topics', async () => {
    const found = [...(await cluster.metadata(topics))].filter(([, { isInternal }]) => !isInternal);
    const names = found.map(([name]) => name);
    const configs = await configsOf(cluster, names, DESCRIBED);
    return found
      .flatMap(([name, topic]) => {
        const config = configs.get(name);
        return config === undefined ? [] : [descriptionOf(name, topic, config)];
      })
      .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  });

/** Resolves once every broker that may be asked has leaders for all of it. */
export const createTopics = (cluster: Cluster, topics: readonly TopicSettings[]): Promise<void> =>
  cluster.attempt(`the topics ${topics.map(({ name }) => name).join(', ')}`, async () => {
    if (topics.length === 0) return;
    const request = topics.map(({ name, partitions, retentionMs, maxRecordBytes, segmentMs }) => ({
      name,
      numPartitions: partitions,
      // The broker's default.
      replicationFactor: -1,
      assignments: [],
      configs: [
        { name: RETENTION, value: Number.isFinite(retentionMs) ? String(retentionMs) : '-1' },
        { name: MAX_RECORD_BYTES, value: String(maxRecordBytes) },
        { name: TIMESTAMP_TYPE, value: 'LogAppendTime' },
        ...(segmentMs === undefined ? [] : [{ name: SEGMENT, value: String(segmentMs) }]),
      ],
    }));
    const answer = await cluster.askAny(createTopicsApi, request, BROKER_WAIT_MS, false);
    for (const { name, errorCode } of answer.topics)
      if (codeNamed(errorCode) !== 'TOPIC_ALREADY_EXISTS') expectNone(errorCode, `topic ${name}`);
    const made = await cluster.metadata(topics.map(({ name }) => name));
    for (const { name } of topics)
      if (made.get(name)?.leaders.every((leader) => leader >= 0) !== true)
        throw new KafkaFault(`topic ${name} without leaders`, {
          code: 'LEADER_NOT_AVAILABLE',
          canRetry: true,
        });
  });

/** Resolves once it is gone. */
export const deleteTopic = (cluster: Cluster, topic: string): Promise<void> =>
  cluster.attempt(`the deletion of topic ${topic}`, async () => {
    const { responses } = await cluster.askAny(deleteTopicsApi, [{ name: topic }], BROKER_WAIT_MS);
    for (const { errorCode } of responses)
      if (codeNamed(errorCode) !== 'UNKNOWN_TOPIC_OR_PARTITION') expectNone(errorCode, `topic ${topic}`);
    const isThere = (await cluster.metadata([topic])).has(topic);
    if (isThere) throw refused(7, `the deletion of topic ${topic}`);
  });
