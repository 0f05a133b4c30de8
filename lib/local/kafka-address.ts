import {
  describeBadLogAuth,
  logAuthForms,
  parseLogAuth,
  type LogAuth,
} from '../adapters/kafka/authentication/log-auth.ts';
import { UsageError } from '../core/errors.ts';

/** A Kafka cluster, as a command is told of it. */
export interface KafkaAddress {
  /** `host:port` of some of the brokers. */
  readonly bootstrap: readonly string[];
  /** As in `FRESHET_LOG_AUTH`. */
  readonly auth: LogAuth;
  readonly authText: string;
  /** Of AWS, for MSK IAM where neither `auth` nor a broker's name tells it; `undefined`: the environment's. */
  readonly region: string | undefined;
  /** Of AWS, for MSK IAM and for secrets; `undefined`: its own provider chain. */
  readonly profile: string | undefined;
}

/**
 * @param bootstrap - `host:port`, several with a comma between them
 * @param authText - as in `FRESHET_LOG_AUTH`
 * @param aws - with whose word to sign, and where
 * @throws {UsageError} for addresses that are none, or an authentication that is none
 */
export const kafkaAddress = (
  bootstrap: string,
  authText: string,
  { region, profile }: Pick<KafkaAddress, 'region' | 'profile'>,
): KafkaAddress => {
  const servers = bootstrap.split(',');
  if (!servers.every((server) => /^[^\s,]+:\d{1,5}$/.test(server)))
    throw new UsageError('USAGE', {
      message: `--bootstrap: got "${bootstrap}", expected host:port of a broker, several with a comma between them. Fix: start one with \`npm run up\`, which prints its address.`,
    });
  const auth = parseLogAuth(authText);
  if (auth === undefined)
    throw new UsageError('USAGE', {
      message: `--auth: got ${describeBadLogAuth(authText)}, expected ${logAuthForms}. Fix: name one of them.`,
    });
  return { bootstrap: servers, auth, authText, region, profile };
};
