import {
  AuthenticationError,
  ResponseError,
  protocolErrors,
  protocolErrorsCodesById,
} from '@platformatic/kafka';
import { ConfigError, TransientError, messageOf } from '../../core/errors.ts';
import type { Coordinates } from '../../core/record.ts';

/** How Kafka's protocol names an error code. @see kafka.apache.org/protocol#protocol_error_codes */
export const codeNamed = (errorCode: number): string =>
  (protocolErrorsCodesById as Readonly<Record<number, string>>)[errorCode] ?? 'UNKNOWN_SERVER_ERROR';

/** What went wrong with one request: no answer came, or the broker's answer is a code. Stays within this folder. */
export class KafkaFault extends Error {
  /** `undefined`: nobody answered, and the request may have been carried out or not. */
  readonly code: string | undefined;
  readonly canRetry: boolean;
  constructor(
    message: string,
    {
      code,
      canRetry,
      cause,
    }: { readonly code?: string; readonly canRetry: boolean; readonly cause?: unknown },
  ) {
    super(message, { cause });
    this.code = code;
    this.canRetry = canRetry;
  }
}

/** The broker's answer is an error code. @param about - what it is about, such as `topic orders` */
export const refused = (errorCode: number, about: string): KafkaFault => {
  const code = codeNamed(errorCode);
  return new KafkaFault(`${code} for ${about}`, { code, canRetry: protocolErrors[code]?.canRetry === true });
};

/** @throws {KafkaFault} for an answer that is an error */
export const expectNone = (errorCode: number, about: string): void => {
  if (errorCode !== 0) throw refused(errorCode, about);
};

/** The library keeps what is behind an error in `cause`, or in `errors` where there are several. */
const within = (thrown: unknown): readonly unknown[] =>
  thrown instanceof AggregateError
    ? [thrown, ...thrown.errors.flatMap((each: unknown) => within(each))]
    : thrown instanceof Error && thrown.cause !== undefined
      ? [thrown, ...within(thrown.cause)]
      : [thrown];

const isAuthenticationFailure = (thrown: unknown): boolean =>
  within(thrown).some((each) => each instanceof AuthenticationError);

/** The answer that the library threw because there are error codes in it: most of them are about one part of it alone. */
export const answerWithin = (thrown: unknown): unknown =>
  thrown instanceof ResponseError ? thrown['response'] : undefined;

/** Nobody answered at this address. */
export const unanswered = (address: string, what: string, cause: unknown): KafkaFault => {
  const innermost = within(cause).at(-1);
  const isRefusal = isAuthenticationFailure(cause);
  return new KafkaFault(
    isRefusal
      ? `${address} did not accept the credentials (${messageOf(innermost)})`
      : `no answer of ${address} to ${what} (${messageOf(innermost)})`,
    { canRetry: !isRefusal, cause },
  );
};

/** No connection to this address, for a reason that is explained: another try would end as this one did. */
export const notLetIn = (address: string, cause: unknown): KafkaFault =>
  new KafkaFault(`no connection to ${address} (${messageOf(cause)})`, { canRetry: false, cause });

const FIXES: Readonly<Record<string, string | undefined>> = {
  TOPIC_AUTHORIZATION_FAILED: 'grant the right to describe, and to read or write, the topic',
  GROUP_AUTHORIZATION_FAILED: 'grant the right to describe and to read the group',
  CLUSTER_AUTHORIZATION_FAILED: 'grant the right to write idempotently, or to create topics, on the cluster',
  INVALID_REPLICATION_FACTOR: 'give the cluster more brokers, or a smaller default.replication.factor',
  POLICY_VIOLATION: 'ask whoever runs the cluster what its policy for topics is',
  NOT_ENOUGH_REPLICAS: 'see that enough replicas are in sync for min.insync.replicas',
};

const fixOf = (thrown: unknown): string => {
  if (!(thrown instanceof KafkaFault)) return 'see the cause';
  if (thrown.code !== undefined) return FIXES[thrown.code] ?? 'see the log of the broker';
  return thrown.canRetry
    ? 'see that the brokers run, and that the addresses which they advertise can be reached from here'
    : 'see that the credentials are right, and that the listener takes this mechanism';
};

/**
 * What the ports reject with: an error that explains itself where there is one behind the cause, such as of authentication.
 *
 * @param what - what was to be done, such as `the commit of group orders`
 */
export const logUnavailable = (
  what: string,
  cause: unknown,
  at?: Partial<Coordinates>,
): TransientError | ConfigError =>
  within(cause).find((each) => each instanceof TransientError || each instanceof ConfigError) ??
  new TransientError('LOG_UNAVAILABLE', {
    message: `Kafka did not do what was asked: got ${messageOf(cause)}; expected ${what}. Fix: ${fixOf(cause)}.`,
    cause,
    ...(at === undefined ? {} : { at }),
  });
