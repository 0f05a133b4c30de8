import { ConfigError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { EpochMs } from '../../core/units.ts';
import type { KafkaConnect } from './broker-connection.ts';
import type { ClusterSettings } from './cluster.ts';

export interface KafkaOptions {
  /** `host:port` of some of the brokers. */
  readonly bootstrap: readonly string[];
  /** What the brokers' logs and quotas name this client by. */
  readonly clientId: string;
  /** @default no encryption, no authentication */
  readonly connect?: KafkaConnect;
  /** Stamps what is appended to topics that leave that to the producer, and tells how long a connection was silent. */
  readonly clock: Pick<Clock, 'now'>;
  /** When the invocation that is being served ends: nothing is waited for beyond it. @default there is no end */
  readonly deadline?: (() => EpochMs) | undefined;
  /** Longest time for anything that is asked of the cluster, retries included. @default 15 s */
  readonly timeoutMs?: number;
  /** After it, a socket that does not answer is taken for dead, and another one is tried. @default 5 s */
  readonly requestTimeoutMs?: number;
  /** A socket that was silent for longer is replaced before it is used. @default 30 s */
  readonly idleMs?: number;
  /** `oldest`: speak only the oldest version of each request that is known here, as with an old broker. @default 'newest' */
  readonly versions?: 'newest' | 'oldest';
}

const DEFAULT_TIMEOUT_MS = 15_000;
const DEFAULT_REQUEST_TIMEOUT_MS = 5_000;
/** Well below the idle times after which network address translation forgets a connection, 350 s with AWS. */
const DEFAULT_IDLE_MS = 30_000;
const CONNECT_TIMEOUT_MS = 3_000;

/** @throws {ConfigError} `ENVIRONMENT_INVALID` for an address that is none */
export const settingsOf = (options: KafkaOptions): ClusterSettings => {
  const wrong = options.bootstrap.find((address) => !/^.+:\d{1,5}$/.test(address));
  if (wrong !== undefined || options.bootstrap.length === 0)
    throw new ConfigError('ENVIRONMENT_INVALID', {
      message: 'The address of the Kafka cluster cannot be used.',
      problems: [
        {
          path: 'bootstrap servers',
          got: wrong === undefined ? 'none' : `"${wrong}"`,
          expected: '"<host>:<port>", several with a comma between them',
          fix: 'give the addresses as the cluster names them',
        },
      ],
    });
  return {
    bootstrap: options.bootstrap,
    clientId: options.clientId,
    connect: options.connect ?? {},
    clock: options.clock,
    deadline: options.deadline,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    requestTimeoutMs: options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
    idleMs: options.idleMs ?? DEFAULT_IDLE_MS,
    versions: options.versions ?? 'newest',
  };
};
