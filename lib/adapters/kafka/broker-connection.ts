import { Connection, apiVersionsV3, type ConnectionOptions } from '@platformatic/kafka';
import { isIP } from 'node:net';
import { timeLeftMs, type TimeFrame } from '../time-left.ts';
import { KafkaFault, answerWithin, unanswered } from './faults.ts';
import { inTime, invocationEnds } from './in-time.ts';
import type { Api, Codec } from './protocol.ts';

/** How a listener wants to be spoken to, as the library takes it. Whoever resolves authentication makes one. */
export interface KafkaConnect {
  readonly tls?: NonNullable<ConnectionOptions['tls']>;
  readonly sasl?: NonNullable<ConnectionOptions['sasl']>;
  /** Opens a connection to an address, as often as that may yet succeed: credentials may have been rotated. @default once */
  readonly attempt?: <Opened>(address: string, open: () => Promise<Opened>) => Promise<Opened>;
}

export interface ConnectionSettings extends TimeFrame {
  readonly clientId: string;
  readonly connect: KafkaConnect;
  readonly connectTimeoutMs: number;
  /** An answer that takes longer never comes: the socket is dead. */
  readonly requestTimeoutMs: number;
  /** A socket that was silent for so long is not trusted: while a function was frozen, a router on the way may have forgotten it. */
  readonly idleMs: number;
  /** `oldest`: of every request the oldest version that is known here, as with an old broker. */
  readonly versions: 'newest' | 'oldest';
}

const clientSoftware = ['freshet', '1'] as const;

interface Versions {
  readonly minVersion: number;
  readonly maxVersion: number;
}

/** A connection to one broker that knows which versions of each request the broker speaks. */
export class BrokerConnection {
  readonly address: string;
  readonly #connection: Connection;
  readonly #versions: ReadonlyMap<number, Versions>;
  readonly #settings: ConnectionSettings;
  #answeredAt: number;
  #inFlight = 0;

  private constructor(
    address: string,
    connection: Connection,
    versions: ReadonlyMap<number, Versions>,
    settings: ConnectionSettings,
  ) {
    this.address = address;
    this.#connection = connection;
    this.#versions = versions;
    this.#settings = settings;
    this.#answeredAt = settings.clock.now();
  }

  /** @throws {KafkaFault} */
  static async open(address: string, settings: ConnectionSettings): Promise<BrokerConnection> {
    const { tls, sasl } = settings.connect;
    const port = address.lastIndexOf(':');
    const host = address.slice(0, port);
    const connection = new Connection(settings.clientId, {
      connectTimeout: settings.connectTimeoutMs,
      requestTimeout: settings.requestTimeoutMs,
      // Brokers behind a proxy are found by the name they are asked for, and Node does not tell it. An address is none.
      ...(tls === undefined ? {} : { tls, tlsServerName: isIP(host) === 0 }),
      ...(sasl === undefined ? {} : { sasl }),
    });
    // What becomes of a connection is told to whoever waits for an answer of it; an event without a listener would be thrown.
    connection.on('error', () => {});
    try {
      await connection.connect(host, Number(address.slice(port + 1)));
      const { apiKeys } = await apiVersionsV3.api.async(connection, ...clientSoftware);
      const versions = new Map(apiKeys.map(({ apiKey, ...range }) => [apiKey, range]));
      return new BrokerConnection(address, connection, versions, settings);
    } catch (thrown) {
      void connection.close();
      throw unanswered(address, 'a connection', thrown);
    }
  }

  /** Whether a request may be sent over it. */
  get isTrusted(): boolean {
    const { status } = this.#connection;
    if (status === 'closed' || status === 'closing' || status === 'error') return false;
    const { clock, idleMs } = this.#settings;
    return this.#inFlight > 0 || clock.now() - this.#answeredAt < idleMs;
  }

  /** @throws {KafkaFault} where this broker speaks no version of it */
  codec<Request extends readonly unknown[], Answer>({
    name,
    codecs,
  }: Api<Request, Answer>): Codec<Request, Answer> {
    const spoken = codecs();
    const shared = spoken
      .filter(({ key, version }) => {
        const range = this.#versions.get(key);
        return range !== undefined && version >= range.minVersion && version <= range.maxVersion;
      })
      .toSorted((one, other) => one.version - other.version);
    const chosen = shared.at(this.#settings.versions === 'newest' ? -1 : 0);
    if (chosen !== undefined) return chosen;
    throw new KafkaFault(
      `${this.address} speaks no version of ${name} that is known here (${spoken.map(({ version }) => version).join(', ')})`,
      { code: 'UNSUPPORTED_VERSION', canRetry: false },
    );
  }

  /**
   * Sends a request, and gives its answer as it is: error codes in it are the caller's to look at. A connection on which an answer
   * is still to come when the invocation ends is not used again.
   *
   * @throws {KafkaFault} where no answer comes
   */
  async ask<Request extends readonly unknown[], Answer>(
    api: Api<Request, Answer>,
    ...request: Request
  ): Promise<Answer> {
    const codec = this.codec(api);
    this.#inFlight += 1;
    try {
      const answering = codec.async(this.#connection, ...request);
      const answer = await inTime(answering, timeLeftMs(this.#settings, Infinity), () => {
        this.close();
        return invocationEnds();
      });
      this.#answeredAt = this.#settings.clock.now();
      return answer;
    } catch (thrown) {
      const answer = answerWithin(thrown);
      if (answer === undefined) throw unanswered(this.address, api.name, thrown);
      this.#answeredAt = this.#settings.clock.now();
      return answer as Answer;
    } finally {
      this.#inFlight -= 1;
    }
  }

  close(): void {
    void this.#connection.close();
  }
}
