import { Consumer, Producer, type MessagesStream } from '@platformatic/kafka';

type Bytes = Buffer;

/** A topic copied to the next, as bare as the client makes it: what comes in one chunk goes out in one request. */
class BareHop {
  readonly #consumer: Consumer;
  readonly #producer: Producer;
  readonly #stream: MessagesStream<Bytes, Bytes, Bytes, Bytes>;
  readonly #over: Promise<void>;

  private constructor(
    consumer: Consumer,
    producer: Producer,
    stream: MessagesStream<Bytes, Bytes, Bytes, Bytes>,
    to: string,
  ) {
    this.#consumer = consumer;
    this.#producer = producer;
    this.#stream = stream;
    this.#over = (async () => {
      for await (const { key, value, headers } of stream)
        await producer.send({ acks: -1, messages: [{ topic: to, key, value, headers }] });
    })();
  }

  static async start(bootstrap: string, from: string, to: string): Promise<BareHop> {
    const common = { clientId: `bare-${from}`, bootstrapBrokers: [bootstrap], retries: true, retryDelay: 50 };
    const consumer = new Consumer({ ...common, groupId: `bare.${from}`, autocommit: true, maxWaitTime: 100 });
    const stream = await consumer.consume({ topics: [from], mode: 'earliest' });
    return new BareHop(consumer, new Producer(common), stream, to);
  }

  async stop(): Promise<void> {
    await this.#stream.close();
    await this.#over;
    await Promise.all([this.#consumer.close(true), this.#producer.close()]);
  }
}

/** Copies each topic to the one after it. @returns how to stop */
export const startBareHops = async (
  bootstrap: string,
  topics: readonly string[],
): Promise<() => Promise<void>> => {
  const hops: BareHop[] = [];
  for (const [index, to] of topics.entries()) {
    const from = topics[index - 1];
    if (from !== undefined) hops.push(await BareHop.start(bootstrap, from, to));
  }
  return async () => {
    await Promise.all(hops.map((hop) => hop.stop()));
  };
};
