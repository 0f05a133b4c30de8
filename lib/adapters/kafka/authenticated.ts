import type { Clock } from '../../core/ports/clock.ts';
import { ConfigError, TransientError } from '../../core/errors.ts';
import { connectionOptions, type AuthenticatedConnect } from './authentication/connection-options.ts';
import type { LogAuth } from './authentication/log-auth.ts';
import { resolveAuthentication } from './authentication/resolve-authentication.ts';
import { secretStore } from './authentication/secret-store.ts';
import type { TopicDirectory } from '../../core/ports/event-log.ts';
import type { EpochMs } from '../../core/units.ts';
import { timeLeftMs } from '../time-left.ts';
import type { KafkaOptions } from './cluster-settings.ts';
import { inTime } from './in-time.ts';

export interface AuthenticatedOptions {
  /** `host:port` of some of the brokers. */
  readonly bootstrap: readonly string[];
  readonly auth: LogAuth;
  /** What the brokers' logs and quotas name this client by. */
  readonly clientId: string;
  readonly clock: Clock;
  /** When the invocation that is being served ends. @default there is no end */
  readonly deadline?: (() => EpochMs) | undefined;
  /** `process.env`: for credentials that stand there. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Of AWS, for MSK IAM and for secrets. @default what properties name, or AWS's own provider chain */
  readonly profile?: string | undefined;
}

/** All of a cluster's ports, or those that a stage needs. */
interface Openable {
  readonly log: TopicDirectory;
  readonly close: () => void;
}

/**
 * Opens a Kafka cluster, and asks it once: who is not let in learns here what the brokers have against it.
 *
 * @throws {ConfigError} `ENVIRONMENT_INVALID`, `AUTHENTICATION_INVALID`, `AUTHENTICATION_REFUSED`
 * @throws {TransientError} `LOG_UNAVAILABLE`, `CREDENTIALS_UNAVAILABLE`
 */
export const openAuthenticated = async <Opened extends Openable>(
  open: (options: KafkaOptions) => Opened,
  { bootstrap, auth, clientId, clock, deadline, variables, profile }: AuthenticatedOptions,
): Promise<Opened> => {
  const authentication = resolveAuthentication(auth, { bootstrap, variables, profile });
  const readSecret = secretStore(profile);
  const connect = await connectionOptions(authentication, { variables, clock, readSecret });
  const kafka = open({ bootstrap, clientId, clock, deadline, connect });
  try {
    await kafka.log.topicIds([]);
    return kafka;
  } catch (thrown) {
    kafka.close();
    if (isExplained(thrown)) throw thrown;
    const leftMs = timeLeftMs({ clock, deadline }, Infinity);
    throw (await inTime(objectionOf(bootstrap, connect), leftMs, () => thrown)) ?? thrown;
  }
};

/** Brokers that want SASL let everybody in, and close the connection at the first request. */
const isExplained = (thrown: unknown): boolean =>
  thrown instanceof ConfigError || (thrown instanceof TransientError && thrown.code !== 'LOG_UNAVAILABLE');

const objectionOf = async (
  bootstrap: readonly string[],
  { objection }: AuthenticatedConnect,
): Promise<Error | undefined> => {
  const found = await Promise.all(bootstrap.map(async (address) => objection(address)));
  return found.find((error) => error !== undefined);
};
