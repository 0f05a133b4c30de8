import type {
  AppendWatch,
  EventLog,
  LoggedRecord,
  PartitionOffsets,
  ProduceResult,
  RangeRead,
  TopicDescription,
  TopicSettings,
} from '../../core/ports/event-log.ts';
import type { OutputRecord } from '../../core/record.ts';
import type { EpochMs } from '../../core/units.ts';
import type { AppendWatches } from './append-watches.ts';
import type { Cluster } from './cluster.ts';
import { topicOffsets, topicOffsetsAt } from './offsets.ts';
import type { KafkaProducer } from './producer.ts';
import { readRange } from './reader.ts';
import { topicIds } from './topic-ids.ts';
import { createTopics, deleteTopic, describeTopics } from './topics.ts';

/** The log on a Kafka cluster. */
export class KafkaEventLog implements EventLog {
  readonly #cluster: Cluster;
  readonly #producer: KafkaProducer;
  readonly #watches: AppendWatches;

  constructor(cluster: Cluster, producer: KafkaProducer, watches: AppendWatches) {
    this.#cluster = cluster;
    this.#producer = producer;
    this.#watches = watches;
  }

  produce(records: readonly OutputRecord[]): Promise<readonly ProduceResult[]> {
    return this.#producer.produce(records);
  }

  topicIds(topics: readonly string[]): Promise<readonly (string | undefined)[]> {
    return topicIds(this.#cluster, topics);
  }

  createTopics(topics: readonly TopicSettings[]): Promise<void> {
    return createTopics(this.#cluster, topics);
  }

  deleteTopic(topic: string): Promise<void> {
    return deleteTopic(this.#cluster, topic);
  }

  async describe(topic: string): Promise<TopicDescription | undefined> {
    return (await describeTopics(this.#cluster, [topic]))[0];
  }

  listTopics(): Promise<readonly TopicDescription[]> {
    return describeTopics(this.#cluster, null);
  }

  read(range: RangeRead): Promise<readonly LoggedRecord[]> {
    return readRange(this.#cluster, range);
  }

  offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    return topicOffsets(this.#cluster, topic);
  }

  offsetsAt(
    topic: string,
    at: EpochMs,
  ): Promise<readonly { readonly partition: number; readonly offset: number }[]> {
    return topicOffsetsAt(this.#cluster, topic, at);
  }

  watch(watch: AppendWatch): Promise<void> {
    return this.#watches.watch(watch);
  }
}
