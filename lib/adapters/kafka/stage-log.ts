import type { Producer, TopicDirectory } from '../../core/ports/event-log.ts';
import { Cluster } from './cluster.ts';
import { settingsOf, type KafkaOptions } from './cluster-settings.ts';
import { KafkaProducer } from './producer.ts';
import { topicIds } from './topic-ids.ts';

/** What a stage needs of a cluster, and nothing that only operators need: a handler carries no more than this. */
export interface StageLog {
  readonly log: Producer & TopicDirectory;
  /** What is under way fails. Closing twice does no harm. */
  readonly close: () => void;
}

/** @throws {ConfigError} `ENVIRONMENT_INVALID` for an address that is none */
export const openStageLog = (options: KafkaOptions): StageLog => {
  const settings = settingsOf(options);
  const cluster = new Cluster(settings);
  const producer = new KafkaProducer(cluster, settings);
  return {
    log: {
      produce: (records) => producer.produce(records),
      topicIds: (topics) => topicIds(cluster, topics),
    },
    close: () => cluster.close(),
  };
};
