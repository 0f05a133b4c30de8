import { loneBatchBytes } from '../../lib/adapters/kafka/batches.ts';
import { KafkaFault } from '../../lib/adapters/kafka/faults.ts';
import type { ProducerCluster } from '../../lib/adapters/kafka/producer.ts';
import type { Api } from '../../lib/adapters/kafka/protocol.ts';
import { withRetries } from '../../lib/adapters/kafka/retries.ts';

interface Message {
  readonly topic: string;
  readonly partition: number;
  readonly value: Uint8Array | null;
}

type Produced = readonly [
  acks: number,
  timeoutMs: number,
  messages: readonly Message[],
  options: { readonly producerId: bigint; readonly sequences: ReadonlyMap<string, number> },
];

/** What befalls one request, or one partition in it. Codes as in Kafka's protocol. */
export type BrokerFault =
  | { readonly kind: 'none' }
  | { readonly kind: 'request-lost' }
  | { readonly kind: 'answer-lost' }
  /** Nothing is appended. */
  | { readonly kind: 'refused'; readonly code: number }
  /** It is appended all the same. */
  | { readonly kind: 'appended'; readonly code: number }
  /** What was known of producers is gone. */
  | { readonly kind: 'forgets' };

const CODES = { ok: 0, unknownTopic: 3, tooLarge: 10, outOfOrder: 45 } as const;

interface Partition {
  readonly values: string[];
  /** By producer: the sequence that must come next, and where batches that were appended stand. */
  readonly producers: Map<bigint, { next: number; readonly baseOffsets: Map<number, number> }>;
}

/** One broker as a producer sees it, with the bookkeeping of idempotent producers, and faults that a test names. */
export class FakeKafka implements ProducerCluster {
  readonly #topics = new Map<
    string,
    { readonly partitions: readonly Partition[]; readonly maxBytes: number }
  >();
  readonly #closing = new AbortController();
  /** Asked for each produce request, and for each partition in it. */
  fault: (of: 'request' | 'partition') => BrokerFault = () => ({ kind: 'none' });
  /** Whether configurations may be read. */
  isConfigurationOpen = true;
  produceRequests = 0;
  #lastProducerId = 0n;

  add(topic: string, partitions: number, maxBytes = 1_000_000): void {
    const empty = (): Partition => ({ values: [], producers: new Map() });
    this.#topics.set(topic, { partitions: Array.from({ length: partitions }, empty), maxBytes });
  }

  remove(topic: string): void {
    this.#topics.delete(topic);
  }

  /** Values of a partition, in their order. */
  values(topic: string, partition: number): readonly string[] {
    return this.#topics.get(topic)?.partitions[partition]?.values ?? [];
  }

  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  attempt<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
    return withRetries(what, { timeoutMs: 20, signal: this.signal }, work);
  }

  async pause(): Promise<void> {
    await new Promise(setImmediate);
  }

  forgetRoutes(): void {}

  async routes(topics: readonly string[]) {
    return new Map(
      topics.flatMap((name) => {
        const topic = this.#topics.get(name);
        const leaders = topic?.partitions.map((_, index) => index % 2) ?? [];
        return topic === undefined ? [] : [[name, { id: name, leaders, isInternal: false }] as const];
      }),
    );
  }

  async askAny<Request extends readonly unknown[], Answer>(
    { name }: Api<Request, Answer>,
    ...request: Request
  ): Promise<Answer> {
    if (name === 'InitProducerId') {
      this.#lastProducerId += 1n;
      return { errorCode: CODES.ok, producerId: this.#lastProducerId, producerEpoch: 0 } as Answer;
    }
    const [resources] = request as unknown as readonly [readonly { readonly resourceName: string }[]];
    const results = resources.map(({ resourceName }) => ({
      resourceName,
      errorCode: this.isConfigurationOpen ? CODES.ok : 29,
      configs: [{ name: 'max.message.bytes', value: String(this.#topics.get(resourceName)?.maxBytes) }],
    }));
    return { results } as Answer;
  }

  async askNode<Request extends readonly unknown[], Answer>(
    _node: number,
    _api: Api<Request, Answer>,
    ...request: Request
  ): Promise<Answer> {
    this.produceRequests += 1;
    const { kind } = this.fault('request');
    const lost = new KafkaFault('no answer', { canRetry: true });
    if (kind === 'request-lost') throw lost;
    const [, , messages, options] = request as unknown as Produced;
    const responses = [...Map.groupBy(messages, ({ topic }) => topic)].map(([name, ofTopic]) => ({
      name,
      partitionResponses: [...Map.groupBy(ofTopic, ({ partition }) => partition)].map(([index, batch]) => ({
        index,
        logAppendTimeMs: 7n,
        ...this.#append(name, index, batch, options),
      })),
    }));
    if (kind === 'answer-lost') throw lost;
    return { responses } as Answer;
  }

  #append(
    topic: string,
    index: number,
    batch: readonly Message[],
    { producerId, sequences }: Produced[3],
  ): { readonly errorCode: number; readonly baseOffset: bigint } {
    const refusal = (errorCode: number) => ({ errorCode, baseOffset: -1n });
    const found = this.#topics.get(topic);
    const partition = found?.partitions[index];
    if (found === undefined || partition === undefined) return refusal(CODES.unknownTopic);
    const fault = this.fault('partition');
    if (fault.kind === 'refused') return refusal(fault.code);
    if (fault.kind === 'forgets') {
      partition.producers.clear();
      return refusal(CODES.outOfOrder);
    }
    const bytes = batch.reduce(
      (sum, { value }) => sum + loneBatchBytes({ topic, key: null, value, headers: [] }) - 61,
      61,
    );
    if (bytes > found.maxBytes) return refusal(CODES.tooLarge);
    const sequence = sequences.get(`${topic}:${index}`) ?? 0;
    const known = partition.producers.get(producerId) ?? {
      next: sequence,
      baseOffsets: new Map<number, number>(),
    };
    partition.producers.set(producerId, known);
    const before = known.baseOffsets.get(sequence);
    if (before === undefined && sequence !== known.next) return refusal(CODES.outOfOrder);
    const baseOffset = before ?? partition.values.length;
    if (before === undefined) {
      known.baseOffsets.set(sequence, baseOffset);
      known.next = sequence + batch.length;
      partition.values.push(...batch.map(({ value }) => Buffer.from(value ?? []).toString()));
    }
    return fault.kind === 'appended'
      ? refusal(fault.code)
      : { errorCode: CODES.ok, baseOffset: BigInt(baseOffset) };
  }
}
