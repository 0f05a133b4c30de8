import type { AppendWatch } from '../../core/ports/event-log.ts';
import { Cluster, type ClusterSettings } from './cluster.ts';
import { expectNone } from './faults.ts';
import { fetchOnce } from './fetch.ts';

/** How long a broker keeps a request to which nothing has come, ms: so long at most a watch goes on that nobody needs any more. */
const WAIT_MS = 2_000;

/** The first batch comes whole, and it is read again when it is wanted. */
const LEAST_BYTES = 1;

/** @returns `unwaited`: the broker did not wait, and would not the next time. @throws {KafkaFault} */
const hasCome = async (
  cluster: Cluster,
  request: Parameters<typeof fetchOnce>[1],
): Promise<'a-record' | 'nothing' | 'unwaited'> => {
  const since = performance.now();
  const { errorCode, responses } = await fetchOnce(cluster, request);
  expectNone(errorCode, request.topic);
  const partitions = responses.flatMap((response) => response.partitions);
  for (const answered of partitions)
    expectNone(answered.errorCode, `${request.topic}-${answered.partitionIndex}`);
  if (partitions.some(({ records }) => (records ?? []).length > 0)) return 'a-record';
  return performance.now() - since < request.waitMs / 2 ? 'unwaited' : 'nothing';
};

/**
 * Waits at the brokers for records: a request that each leader answers when there is one.
 *
 * What is sent over a connection after it waits with it, so that every topic has connections of its own.
 */
export class AppendWatches {
  readonly #cluster: Cluster;
  readonly #settings: ClusterSettings;
  readonly #waiting = new Map<string, Cluster>();

  constructor(cluster: Cluster, settings: ClusterSettings) {
    this.#cluster = cluster;
    this.#settings = settings;
  }

  /** See {@link EventLog.watch}. Another watch of the same topic that is not over yet delays it. */
  async watch({ topic, from, onAppend, signal }: AppendWatch): Promise<void> {
    if (this.#cluster.signal.aborted) return;
    const cluster = this.#waitingFor(topic);
    let isOver = false;
    try {
      const metadata = (await cluster.metadata([topic])).get(topic);
      if (metadata === undefined) return;
      const { id, leaders } = metadata;
      const byLeader = Map.groupBy(from, ({ partition }) => leaders[partition] ?? -1);
      const wait = async (leader: number, positions: AppendWatch['from']): Promise<void> => {
        const request = { topic, id, leader, from: positions, maxBytes: LEAST_BYTES, waitMs: WAIT_MS };
        while (!isOver && !signal.aborted) {
          const come = await hasCome(cluster, request);
          if (come === 'nothing') continue;
          if (come === 'a-record' && !isOver) onAppend();
          isOver = true;
        }
      };
      const waits = [...byLeader].map(([leader, positions]) =>
        wait(leader, positions).finally(() => (isOver = true)),
      );
      await Promise.allSettled(waits);
    } catch {
      // Whoever looks for the records is told what is wrong.
    }
  }

  #waitingFor(topic: string): Cluster {
    const known = this.#waiting.get(topic);
    if (known !== undefined) return known;
    const { requestTimeoutMs } = this.#settings;
    const waiting = new Cluster({ ...this.#settings, requestTimeoutMs: requestTimeoutMs + WAIT_MS });
    this.#waiting.set(topic, waiting);
    this.#cluster.signal.addEventListener('abort', () => waiting.close(), { once: true });
    return waiting;
  }
}
