import type { ConsumerGroups, EventLog } from '../../core/ports/event-log.ts';
import type { GroupMembership } from '../../core/ports/group-membership.ts';
import { AppendWatches } from './append-watches.ts';
import { Cluster } from './cluster.ts';
import { settingsOf, type KafkaOptions } from './cluster-settings.ts';
import { KafkaConsumerGroups } from './consumer-groups.ts';
import { KafkaEventLog } from './event-log.ts';
import { KafkaGroupMembership, type SessionSettings } from './group-membership.ts';
import { KafkaProducer } from './producer.ts';

export interface OpenKafkaOptions extends KafkaOptions {
  /**
   * Of members of groups: after `sessionTimeoutMs` without a word a member is missed, after `rebalanceTimeoutMs` a rebalance goes
   * on without it. @default 8 s, 10 s, 1 s
   */
  readonly session?: SessionSettings;
}

/** The ports that a Kafka cluster serves. Connections are made as they are needed. */
export interface Kafka {
  readonly log: EventLog;
  readonly groups: ConsumerGroups;
  readonly membership: GroupMembership;
  /** What is under way fails. Closing twice does no harm. */
  readonly close: () => void;
}

const defaultSession: SessionSettings = {
  sessionTimeoutMs: 8_000,
  rebalanceTimeoutMs: 10_000,
  heartbeatMs: 1_000,
};

/** @throws {ConfigError} `ENVIRONMENT_INVALID` for an address that is none */
export const openKafka = (options: OpenKafkaOptions): Kafka => {
  const settings = settingsOf(options);
  const cluster = new Cluster(settings);
  const log = new KafkaEventLog(
    cluster,
    new KafkaProducer(cluster, settings),
    new AppendWatches(cluster, settings),
  );
  return {
    log,
    groups: new KafkaConsumerGroups(cluster),
    membership: new KafkaGroupMembership(cluster, settings, options.session ?? defaultSession),
    close: () => cluster.close(),
  };
};
