import { timeLeftMs } from '../time-left.ts';
import { BrokerConnection, type ConnectionSettings } from './broker-connection.ts';
import { KafkaFault, codeNamed, expectNone, notLetIn, refused, unanswered } from './faults.ts';
import { inTime, invocationEnds } from './in-time.ts';
import { findCoordinatorApi, metadataApi, type Api } from './protocol.ts';
import { waitBeforeRetry, withRetries } from './retries.ts';

export interface ClusterSettings extends ConnectionSettings {
  /** `host:port` of some of the brokers; they tell of the others. */
  readonly bootstrap: readonly string[];
  /** Longest time for anything that is asked of the cluster, retries included; less where the invocation ends before. */
  readonly timeoutMs: number;
}

/** A topic as the brokers' metadata has it. */
export interface TopicMetadata {
  readonly id: string;
  /** By partition, the node that leads it; −1: none does, at the moment. */
  readonly leaders: readonly number[];
  readonly isInternal: boolean;
}

/** How long a topic's leaders and number of partitions are believed where nothing says otherwise: after it, added partitions are used. */
const ROUTE_AGE_MS = 60_000;

const KEY_TYPE_GROUP = 0;

/** Codes that say that the broker asked is not the right one, or knows nothing better. */
const MISROUTED = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'REPLICA_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'KAFKA_STORAGE_ERROR',
]);

/** A name that no topic can have is of none. */
const NO_SUCH_TOPIC = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION']);

export const isAbsent = (errorCode: number): boolean => NO_SUCH_TOPIC.has(codeNamed(errorCode));

export const isMisrouted = (errorCode: number): boolean => MISROUTED.has(codeNamed(errorCode));

/**
 * The brokers: connections to them, who leads what, and who coordinates which group.
 *
 * Every request waits behind those sent before it over the same connection, also at the broker: whoever sends one that is
 * answered late takes a cluster of its own.
 */
export class Cluster {
  readonly #settings: ClusterSettings;
  readonly #connections = new Map<string, Promise<BrokerConnection>>();
  /** Addresses by node id, as the last metadata had them. */
  #nodes: ReadonlyMap<number, string> = new Map();
  #turn = Math.floor(Math.random() * 1_000);
  readonly #routes = new Map<string, { readonly topic: TopicMetadata; readonly until: number }>();
  readonly #coordinators = new Map<string, number>();
  readonly #closing = new AbortController();

  constructor(settings: ClusterSettings) {
    this.#settings = settings;
  }

  /** Aborted once it is closed. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * @param what - what is to be done, for the error
   * @throws {TransientError} `LOG_UNAVAILABLE`
   */
  attempt<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
    const timeoutMs = timeLeftMs(this.#settings, this.#settings.timeoutMs);
    return withRetries(what, { timeoutMs, signal: this.signal }, work);
  }

  /** Waits a little before a failure is met again, longer with each. */
  pause(failures: number): Promise<void> {
    return waitBeforeRetry(failures, this.signal, timeLeftMs(this.#settings, Infinity));
  }

  /** Asks whichever broker answers; another one after one that did not. @throws {KafkaFault} */
  async askAny<Request extends readonly unknown[], Answer>(
    api: Api<Request, Answer>,
    ...request: Request
  ): Promise<Answer> {
    const addresses = [...new Set([...this.#nodes.values(), ...this.#settings.bootstrap])];
    try {
      return await this.#ask(addresses[this.#turn % addresses.length] ?? '', api, request);
    } catch (thrown) {
      this.#turn += 1;
      throw thrown;
    }
  }

  /** @throws {KafkaFault} */
  async askNode<Request extends readonly unknown[], Answer>(
    node: number,
    api: Api<Request, Answer>,
    ...request: Request
  ): Promise<Answer> {
    return this.#ask(this.#addressOf(node), api, request);
  }

  /** The broker that leads a partition, or coordinates a group, to ask it more than once. @throws {KafkaFault} */
  connectionTo(node: number): Promise<BrokerConnection> {
    return this.#connectionTo(this.#addressOf(node));
  }

  get nodes(): readonly number[] {
    return [...this.#nodes.keys()];
  }

  /** By node id, as the brokers advertise them. */
  get addresses(): ReadonlyMap<number, string> {
    return this.#nodes;
  }

  /**
   * Asks for topics, all of them with `null`, and never answers from memory. Those that do not exist are not among the answers.
   *
   * @throws {KafkaFault}
   */
  async metadata(topics: readonly string[] | null): Promise<ReadonlyMap<string, TopicMetadata>> {
    const answer = await this.askAny(metadataApi, topics === null ? null : [...topics], false, false);
    this.#nodes = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, `${host}:${port}`]));
    const found = new Map<string, TopicMetadata>();
    for (const { name, errorCode, topicId, isInternal, partitions } of answer.topics) {
      if (typeof name !== 'string' || isAbsent(errorCode)) continue;
      if (codeNamed(errorCode) !== 'LEADER_NOT_AVAILABLE') expectNone(errorCode, `topic ${name}`);
      const leaders = Array<number>(partitions.length).fill(-1);
      for (const { partitionIndex, leaderId } of partitions) leaders[partitionIndex] = leaderId;
      found.set(name, { id: topicId, leaders, isInternal });
    }
    const until = performance.now() + ROUTE_AGE_MS;
    for (const name of topics ?? found.keys()) {
      const topic = found.get(name);
      if (topic === undefined) this.#routes.delete(name);
      else this.#routes.set(name, { topic, until });
    }
    return found;
  }

  /** Like {@link metadata}, from memory where that is young. @throws {KafkaFault} */
  async routes(topics: readonly string[]): Promise<ReadonlyMap<string, TopicMetadata>> {
    const now = performance.now();
    const known = topics.flatMap((name) => {
      const route = this.#routes.get(name);
      return route !== undefined && route.until > now ? [[name, route.topic] as const] : [];
    });
    const routes = new Map(known);
    const unknown = topics.filter((name) => !routes.has(name));
    if (unknown.length === 0) return routes;
    return new Map([...routes, ...(await this.metadata(unknown))]);
  }

  /** The topic where it has that partition, from memory where that knows of it. @throws {KafkaFault} */
  async route(
    topic: string,
    partition: number,
  ): Promise<(TopicMetadata & { readonly leader: number }) | undefined> {
    const known = (await this.routes([topic])).get(topic);
    const found =
      known === undefined || known.leaders[partition] !== undefined
        ? known
        : (await this.metadata([topic])).get(topic);
    const leader = found?.leaders[partition];
    return found === undefined || leader === undefined ? undefined : { ...found, leader };
  }

  /** They are asked for again before they are used. */
  forgetRoutes(topics: Iterable<string>): void {
    for (const topic of topics) this.#routes.delete(topic);
  }

  /** The node that coordinates a group. @throws {KafkaFault} */
  async coordinatorOf(group: string): Promise<number> {
    const known = this.#coordinators.get(group);
    if (known !== undefined && this.#nodes.has(known)) return known;
    const { coordinators } = await this.askAny(findCoordinatorApi, KEY_TYPE_GROUP, [group]);
    const found = coordinators.find(({ key }) => key === group);
    if (found === undefined) throw refused(-1, `the coordinator of group ${group}`);
    expectNone(found.errorCode, `the coordinator of group ${group}`);
    this.#nodes = new Map([...this.#nodes, [found.nodeId, `${found.host}:${found.port}`]]);
    this.#coordinators.set(group, found.nodeId);
    return found.nodeId;
  }

  forgetCoordinator(group: string): void {
    this.#coordinators.delete(group);
  }

  /** Asks the coordinator of a group; another one is looked for after it did not answer, or was not it. @throws {KafkaFault} */
  async askCoordinator<Request extends readonly unknown[], Answer>(
    group: string,
    api: Api<Request, Answer>,
    ...request: Request
  ): Promise<Answer> {
    const coordinator = await this.coordinatorOf(group);
    try {
      return await this.askNode(coordinator, api, ...request);
    } catch (thrown) {
      this.forgetCoordinator(group);
      throw thrown;
    }
  }

  /** @throws {KafkaFault} for an answer that is an error; where the broker is not the coordinator, it is looked for again */
  expectCoordinator(errorCode: number, group: string): void {
    if (errorCode === 0) return;
    const code = codeNamed(errorCode);
    if (code === 'NOT_COORDINATOR' || code === 'COORDINATOR_NOT_AVAILABLE') this.forgetCoordinator(group);
    throw refused(errorCode, `group ${group}`);
  }

  /** What is under way ends as unanswered. Closing twice does no harm. */
  close(): void {
    this.#closing.abort();
    for (const connection of this.#connections.values())
      void connection.then(
        (opened) => opened.close(),
        () => {},
      );
    this.#connections.clear();
  }

  #addressOf(node: number): string {
    const address = this.#nodes.get(node);
    if (address !== undefined) return address;
    throw new KafkaFault(node < 0 ? 'a partition without a leader' : `no address for node ${node}`, {
      code: 'LEADER_NOT_AVAILABLE',
      canRetry: true,
    });
  }

  async #ask<Request extends readonly unknown[], Answer>(
    address: string,
    api: Api<Request, Answer>,
    request: Request,
  ): Promise<Answer> {
    const connection = await this.#connectionTo(address);
    return connection.ask(api, ...request);
  }

  async #connectionTo(address: string): Promise<BrokerConnection> {
    const opening = this.#connections.get(address);
    if (opening !== undefined) {
      const opened = await opening;
      if (opened.isTrusted) return opened;
      // Somebody else may have replaced it meanwhile.
      if (this.#connections.get(address) === opening) this.#connections.delete(address);
      opened.close();
      return this.#connectionTo(address);
    }
    if (this.signal.aborted) throw new KafkaFault('a client that is closed', { canRetry: false });
    const fresh = this.#open(address);
    this.#connections.set(address, fresh);
    fresh.catch(() => {
      if (this.#connections.get(address) === fresh) this.#connections.delete(address);
    });
    return fresh;
  }

  async #open(address: string): Promise<BrokerConnection> {
    const { attempt } = this.#settings.connect;
    const open = (): Promise<BrokerConnection> => BrokerConnection.open(address, this.#settings);
    try {
      const opening = attempt === undefined ? open() : attempt(address, open);
      return await inTime(opening, timeLeftMs(this.#settings, Infinity), () => {
        void opening.then(
          (opened) => opened.close(),
          () => {},
        );
        return unanswered(address, 'a connection', invocationEnds());
      });
    } catch (thrown) {
      // Only a fault lets a producer give up in good order.
      throw thrown instanceof KafkaFault ? thrown : notLetIn(address, thrown);
    }
  }
}
