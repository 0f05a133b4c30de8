import { NumericMap, type MessageRecord } from '@platformatic/kafka';
import type { Producer, ProduceResult } from '../../core/ports/event-log.ts';
import type { OutputRecord } from '../../core/record.ts';
import { epochMsOf } from '../../core/units.ts';
import { partitionOf } from '../partitioner.ts';
import { timeLeftMs, type TimeFrame } from '../time-left.ts';
import { loneBatchBytes, messageOf } from './batches.ts';
import { isMisrouted, type Cluster, type TopicMetadata } from './cluster.ts';
import { KafkaFault, codeNamed, logUnavailable, refused } from './faults.ts';
import { ProducerIdentity } from './producer-identity.ts';
import { ProducerLane, type Pending } from './producer-lane.ts';
import { produceApi, type ProduceAnswer } from './protocol.ts';
import { maxRecordBytesOf } from './topics.ts';

const ACKS_ALL = -1;

/** Below the broker's `socket.request.max.bytes`, by a good margin. */
const REQUEST_BYTES = 16 * 1024 * 1024;

/** How long a topic's largest record is believed. A broker that takes less says so; one that takes more is asked again after this. */
const LIMIT_AGE_MS = 300_000;

/** After these a batch may be in the log, although the broker does not say so. */
const UNCERTAIN = new Set(['REQUEST_TIMED_OUT', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'NETWORK_EXCEPTION']);

/** The broker knows the producer no more, or never heard of what came before. */
const IDENTITY_LOST = new Set([
  'UNKNOWN_PRODUCER_ID',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_ID_MAPPING',
]);

/** It is in the log, but the broker has forgotten where. */
const DUPLICATE = 'DUPLICATE_SEQUENCE_NUMBER';

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** About the whole topic, so that no half of a batch would fare better. */
const HOPELESS = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'INVALID_REQUIRED_ACKS',
]);

/** What it asks of a cluster. */
export type ProducerCluster = Pick<
  Cluster,
  'attempt' | 'askAny' | 'askNode' | 'forgetRoutes' | 'pause' | 'routes' | 'signal'
>;

interface Unsent extends Pending {
  /** Of its call. */
  readonly turn: number;
}

export interface ProducerSettings extends TimeFrame {
  readonly requestTimeoutMs: number;
  readonly timeoutMs: number;
}

/**
 * Appends with acks=all, each batch at most once.
 *
 * A call is one request to each broker that leads one of its partitions; only what is above a topic's limit together takes more. A
 * batch that was not answered is sent again under the same producer id and sequence, and the broker appends it once. Where it
 * is given up unanswered, the next call takes another id: nobody knows which sequence is next.
 *
 * Calls that come while one is under way are done together after it.
 */
export class KafkaProducer implements Producer {
  readonly #cluster: ProducerCluster;
  readonly #settings: ProducerSettings;
  #waiting: Unsent[] = [];
  #isRunning = false;
  /** Records without a key go to one partition in a call and to the next one in the next. */
  #turn = Math.floor(Math.random() * 1_000);
  #identity: ProducerIdentity | undefined;
  readonly #limits = new Map<string, { readonly bytes: number | undefined; readonly until: number }>();

  constructor(cluster: ProducerCluster, settings: ProducerSettings) {
    this.#cluster = cluster;
    this.#settings = settings;
  }

  async produce(records: readonly OutputRecord[]): Promise<readonly ProduceResult[]> {
    const turn = this.#turn;
    this.#turn += 1;
    const results = records.map(
      (record) =>
        new Promise<ProduceResult>((resolve) => {
          this.#waiting.push({ record, turn, settle: resolve });
        }),
    );
    void this.#run();
    return Promise.all(results);
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      while (this.#waiting.length > 0) {
        const records = this.#waiting;
        this.#waiting = [];
        try {
          await this.#sendAll(await this.#lanes(records));
        } catch (cause) {
          // A record that is settled already keeps its result.
          for (const { settle } of records) settle({ kind: 'failed', cause });
        }
      }
    } finally {
      this.#isRunning = false;
    }
  }

  async #lanes(records: readonly Unsent[]): Promise<readonly ProducerLane[]> {
    const byTopic = Map.groupBy(records, ({ record }) => record.topic);
    const lanes = [...byTopic].map(([topic, ofTopic]) => this.#lanesOf(topic, ofTopic));
    return (await Promise.all(lanes)).flat();
  }

  /** What is wrong with a topic is told of its own records alone. */
  async #lanesOf(topic: string, records: readonly Unsent[]): Promise<readonly ProducerLane[]> {
    try {
      return await this.#cluster.attempt(`an append to topic ${topic}`, async () => {
        const count = (await this.#cluster.routes([topic])).get(topic)?.leaders.length ?? 0;
        if (count === 0) throw missingTopic(topic);
        const largestBytes = records.reduce((most, { record }) => Math.max(most, loneBatchBytes(record)), 0);
        const limitBytes = await this.#limitOf(topic, largestBytes);
        const byPartition = Map.groupBy(records, ({ record: { key }, turn }) =>
          key === null ? turn % count : partitionOf(key, count),
        );
        return [...byPartition].map(
          ([partition, pending]) => new ProducerLane(topic, partition, pending, limitBytes),
        );
      });
    } catch (cause) {
      for (const { settle } of records) settle({ kind: 'failed', cause });
      return [];
    }
  }

  /**
   * Nothing is refused by memory alone: who was told to raise the limit has perhaps done so.
   *
   * @param largestBytes - the largest of what is to be sent, alone in a batch
   * @throws {KafkaFault}
   */
  async #limitOf(topic: string, largestBytes: number): Promise<number | undefined> {
    const known = this.#limits.get(topic);
    const isFresh = known !== undefined && known.until > performance.now();
    if (isFresh && (known.bytes === undefined || largestBytes <= known.bytes)) return known.bytes;
    const bytes = await maxRecordBytesOf(this.#cluster, topic);
    this.#limits.set(topic, { bytes, until: performance.now() + LIMIT_AGE_MS });
    return bytes;
  }

  async #sendAll(lanes: readonly ProducerLane[]): Promise<void> {
    const giveUpAt = performance.now() + timeLeftMs(this.#settings, this.#settings.timeoutMs);
    let failures = 0;
    for (;;) {
      const open = lanes.filter(({ batch }) => batch.length > 0);
      if (open.length === 0) return;
      if (performance.now() >= giveUpAt || this.#cluster.signal.aborted) {
        for (const lane of open) this.#giveUp(lane);
        return;
      }
      const wereAllAnswered = await this.#sendRound(open);
      failures = wereAllAnswered ? 0 : failures + 1;
      if (!wereAllAnswered) await this.#cluster.pause(failures);
    }
  }

  /** Sends the next batch of every lane. @returns whether each was answered, and none is to be tried again as it is */
  async #sendRound(lanes: readonly ProducerLane[]): Promise<boolean> {
    try {
      const current = (this.#identity ??= await ProducerIdentity.obtain(this.#cluster));
      const routes = await this.#cluster.routes([...new Set(lanes.map(({ topic }) => topic))]);
      const requests = [...Map.groupBy(lanes, (lane) => leaderOf(lane, routes))].flatMap(([leader, theirs]) =>
        [...Map.groupBy(theirs, (lane) => (lane.identity ??= current))].map(
          ([identity, alike]) => [leader, identity, alike] as const,
        ),
      );
      const sent = await Promise.all(
        requests.map(([leader, identity, alike]) =>
          leader === undefined ? this.#withoutPartition(alike) : this.#send(leader, alike, identity),
        ),
      );
      return sent.every(Boolean);
    } catch (thrown) {
      if (!(thrown instanceof KafkaFault)) throw thrown;
      for (const lane of lanes) {
        lane.cause = thrown;
        if (!thrown.canRetry) this.#giveUp(lane);
      }
      return false;
    }
  }

  /** The topic was deleted, or made anew with fewer partitions. */
  async #withoutPartition(lanes: readonly ProducerLane[]): Promise<boolean> {
    for (const lane of lanes) {
      lane.cause ??= missingTopic(lane.topic);
      this.#giveUp(lane);
    }
    return true;
  }

  async #send(leader: number, lanes: readonly ProducerLane[], identity: ProducerIdentity): Promise<boolean> {
    const sent = fittingRequest(lanes);
    const timestamp = this.#settings.clock.now();
    const messages = sent.flatMap(({ batch, partition }) =>
      batch.map(({ record }): MessageRecord => messageOf(record, partition, BigInt(timestamp))),
    );
    const sequences = new NumericMap(sent.map(({ key }) => [key, identity.sequenceOf(key)]));
    const { producerId, producerEpoch } = identity;
    let answer: ProduceAnswer;
    try {
      answer = (await this.#cluster.askNode(
        leader,
        produceApi,
        ACKS_ALL,
        timeLeftMs(this.#settings, this.#settings.requestTimeoutMs),
        messages,
        { producerId, producerEpoch, sequences, compression: 'none' },
      )) as ProduceAnswer;
    } catch (thrown) {
      if (!(thrown instanceof KafkaFault)) throw thrown;
      this.#cluster.forgetRoutes(sent.map(({ topic }) => topic));
      for (const lane of sent) {
        if (thrown.code === undefined) lane.isUncertain = true;
        lane.cause = thrown;
      }
      return false;
    }
    return sent.map((lane) => this.#take(lane, answer, identity, timestamp)).every(Boolean);
  }

  /** @returns whether the lane may go on at once */
  #take(lane: ProducerLane, answer: ProduceAnswer, identity: ProducerIdentity, sentAt: number): boolean {
    const { topic, partition, key, batch } = lane;
    const mine = answer.responses
      .find(({ name }) => name === topic)
      ?.partitionResponses.find(({ index }) => index === partition);
    if (mine === undefined) {
      lane.isUncertain = true;
      return false;
    }
    const { errorCode, baseOffset, logAppendTimeMs } = mine;
    if (errorCode === 0) {
      identity.appended(key, batch.length);
      // −1: the topic's timestamps are the producer's.
      lane.acked(Number(baseOffset), epochMsOf(logAppendTimeMs < 0n ? sentAt : Number(logAppendTimeMs)));
      return true;
    }
    const code = codeNamed(errorCode);
    const fault = refused(errorCode, `${topic}-${partition}`);
    lane.cause = fault;
    if (isMisrouted(errorCode)) this.#cluster.forgetRoutes([topic]);
    if (UNCERTAIN.has(code) || code === DUPLICATE) lane.isUncertain = true;
    if (fault.canRetry) return false;
    // What may be in the log already must not be sent in parts, or under another id; and which sequence is next, nobody knows.
    if (lane.isUncertain || HOPELESS.has(code)) this.#giveUp(lane);
    else if (IDENTITY_LOST.has(code)) {
      if (this.#identity === identity) this.#identity = undefined;
      lane.identity = undefined;
      return false;
    } else if (TOO_LARGE.has(code)) {
      this.#limits.delete(topic);
      lane.refusedAsTooLarge();
    } else lane.refused(fault);
    return true;
  }

  #giveUp(lane: ProducerLane): void {
    if (lane.isUncertain) this.#identity = undefined;
    lane.giveUp(lane.cause);
  }
}

const missingTopic = (topic: string): unknown =>
  logUnavailable(`an append to topic ${topic}`, new KafkaFault(`no topic ${topic}`, { canRetry: false }), {
    topic,
  });

/** `undefined` where the topic has no such partition. */
const leaderOf = (
  { topic, partition }: ProducerLane,
  routes: ReadonlyMap<string, TopicMetadata>,
): number | undefined => routes.get(topic)?.leaders[partition];

/** What goes into one request; the others wait for the next. */
const fittingRequest = (lanes: readonly ProducerLane[]): readonly ProducerLane[] => {
  let bytes = 0;
  const tooMany = lanes.findIndex(({ batch }, index) => {
    for (const { record } of batch) bytes += loneBatchBytes(record);
    return index > 0 && bytes > REQUEST_BYTES;
  });
  return tooMany === -1 ? lanes : lanes.slice(0, tooMany);
};
