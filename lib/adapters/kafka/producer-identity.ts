import type { Cluster } from './cluster.ts';
import { expectNone } from './faults.ts';
import { initProducerIdApi } from './protocol.ts';

const NO_TRANSACTIONS = null;
const NO_TIMEOUT_MS = 0;
/** Sequences are counted in 31 bits, and begin again at 0. */
const SEQUENCES = 2 ** 31;

/** What a broker knows a batch again by when it is sent twice: the producer's id, and the partition's next sequence. */
export class ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly #next = new Map<string, number>();

  private constructor(producerId: bigint, producerEpoch: number) {
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
  }

  /** @throws {KafkaFault} */
  static async obtain(cluster: Pick<Cluster, 'askAny'>): Promise<ProducerIdentity> {
    // The library's own producer asks with id 0 and epoch 0, which is an id that somebody may have.
    const answer = await cluster.askAny(initProducerIdApi, NO_TRANSACTIONS, NO_TIMEOUT_MS, -1n, -1);
    expectNone(answer.errorCode, 'a producer id');
    return new ProducerIdentity(answer.producerId, answer.producerEpoch);
  }

  sequenceOf(partition: string): number {
    return this.#next.get(partition) ?? 0;
  }

  /** These records are in the log. */
  appended(partition: string, records: number): void {
    this.#next.set(partition, (this.sequenceOf(partition) + records) % SEQUENCES);
  }
}
