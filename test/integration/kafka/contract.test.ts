import { setTimeout as delay } from 'node:timers/promises';
import { inject } from 'vitest';
import { openKafka, type Kafka } from '../../../lib/adapters/kafka/kafka.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { consumerGroupsSuite } from '../../contract/suites/consumer-groups.ts';
import { eventLogSuite } from '../../contract/suites/event-log.ts';
import { groupMembershipSuite } from '../../contract/suites/group-membership.ts';
import { enforceRetention } from './enforce-retention.ts';

const bootstrap = inject('kafka');

/** Members are missed soon, so that the suite need not wait long. */
const session = { sessionTimeoutMs: 1_500, rebalanceTimeoutMs: 5_000, heartbeatMs: 100 };

/** Every connection to the broker that a suite opens, closed with it. */
const connections = (versions: 'newest' | 'oldest') => {
  const opened: Kafka[] = [];
  return {
    open: (): Kafka => {
      const kafka = openKafka({
        bootstrap: [bootstrap],
        clientId: 'suite',
        clock: systemClock,
        session,
        versions,
      });
      opened.push(kafka);
      return kafka;
    },
    close: async (): Promise<void> => {
      for (const kafka of opened) kafka.close();
    },
  };
};

for (const versions of ['newest', 'oldest'] as const) {
  const name = `Kafka, ${versions} versions`;

  eventLogSuite(name, async () => {
    const { open, close } = connections(versions);
    const { log } = open();
    return {
      log,
      another: async () => open().log,
      elapse: (ms) => delay(ms + 1),
      enforceRetention: async (now) => {
        const topics = (await log.listTopics()).filter((topic) => topic.name.startsWith('suite.log.'));
        await enforceRetention(
          log,
          bootstrap,
          topics.map((topic) => topic.name),
          now,
        );
      },
      close,
    };
  });

  consumerGroupsSuite(name, async () => {
    const { open, close } = connections(versions);
    const { groups, log } = open();
    return { groups, log, another: async () => open().groups, close };
  });

  groupMembershipSuite(name, async () => {
    const { open, close } = connections(versions);
    const { groups, log } = open();
    return {
      groups,
      log,
      client: async () => {
        const kafka = open();
        return { membership: kafka.membership, vanish: async () => kafka.close() };
      },
      close,
    };
  });
}
