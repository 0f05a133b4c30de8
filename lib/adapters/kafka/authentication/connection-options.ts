import type { ConnectionOptions } from '@platformatic/kafka';
import type { Clock } from '../../../core/ports/clock.ts';
import { systemClock } from '../../system.ts';
import { attemptWith, type Attempt, type Explained } from './attempt.ts';
import type { Authentication } from './authentication.ts';
import { probeBroker } from './broker-probe.ts';
import type { ConnectFailure } from './connect-failure.ts';
import { ConnectGate } from './connect-gate.ts';
import { CredentialKeeper } from './credential-keeper.ts';
import { explainFailure } from './explain-failure.ts';
import { prepare, type Prepared, type PrepareOptions } from './prepared.ts';
import { saslOptions } from './sasl-options.ts';
import { secretStore } from './secret-store.ts';
import { tlsOptions } from './tls-options.ts';

/** How connections to the brokers are made: the client's options in its own shape, and what happens around an opening. */
export interface AuthenticatedConnect extends Pick<ConnectionOptions, 'tls' | 'sasl'> {
  /**
   * Opens a connection. Where the broker refuses what came from a secret, that is fetched again once, and another connection
   * opened; where it counts connections, it is not asked too often.
   *
   * @throws {ConfigError} `AUTHENTICATION_REFUSED` where what never worked is refused; `AUTHENTICATION_INVALID`
   * @throws {TransientError} `AUTHENTICATION_REFUSED` where it worked before; `CREDENTIALS_UNAVAILABLE`; `LOG_UNAVAILABLE` where the broker takes no more connections
   * @throws what `open` throws, where that has nothing to do with authentication
   */
  readonly attempt: Attempt;
  /** What the broker at an address has against us, where it lets us in and then answers nothing: it may want SASL. */
  readonly objection: (address: string) => Promise<Explained | undefined>;
}

export interface ConnectSettings extends Partial<Omit<PrepareOptions, 'clock'>> {
  readonly clock?: Clock;
  /** From 0, included, to 1, excluded. @default Math.random */
  readonly random?: () => number;
}

const objectionWith =
  (
    probe: (address: string) => Promise<ConnectFailure | undefined>,
    explain: (failure: ConnectFailure, cause: unknown) => Explained,
  ): AuthenticatedConnect['objection'] =>
  async (address) => {
    const failure = await probe(address);
    return failure && explain(failure, undefined);
  };

/**
 * Fetches the credentials of an authentication, and says how connections are made with them.
 *
 * Nothing secret stands in the options: user, password and token are handed over at each connection, and key and
 * certificate are in an opaque context.
 *
 * @throws {ConfigError} `AUTHENTICATION_INVALID` for a secret or a key that cannot serve
 * @throws {TransientError} `CREDENTIALS_UNAVAILABLE` where it could not be fetched now
 */
export const connectionOptions = async (
  authentication: Authentication,
  settings: ConnectSettings = {},
): Promise<AuthenticatedConnect> => {
  const { kind } = authentication;
  const { clock = systemClock, random = Math.random } = settings;
  const explain = (failure: ConnectFailure, cause: unknown, keeper?: CredentialKeeper<Prepared>): Explained =>
    explainFailure(failure, {
      authentication,
      wasAccepted: keeper?.wasAccepted ?? false,
      wasRenewed: keeper?.isRenewable ?? false,
      cause,
    });
  if (kind === 'none') {
    const probe = async (address: string): Promise<ConnectFailure | undefined> =>
      probeBroker(address, { tls: undefined, hasSasl: false });
    return {
      attempt: attemptWith({ keeper: undefined, hasSasl: false, gate: undefined, probe, explain }),
      objection: objectionWith(probe, explain),
    };
  }

  const options: PrepareOptions = {
    readSecret: settings.readSecret ?? secretStore(),
    variables: settings.variables ?? process.env,
    clock,
  };
  const isRenewable = kind === 'iam' || authentication.material.from === 'secret';
  const keeper = new CredentialKeeper(() => prepare(authentication, options), isRenewable);
  const { sasl, tls: firstTls } = (await keeper.current()).value;
  const hasSasl = sasl !== undefined;
  const tls = firstTls && tlsOptions(() => keeper.latest?.value.tls ?? firstTls);
  const explainKept = (failure: ConnectFailure, cause: unknown): Explained => explain(failure, cause, keeper);
  const probe = async (address: string): Promise<ConnectFailure | undefined> =>
    probeBroker(address, { tls, hasSasl });
  return {
    ...(tls && { tls }),
    ...(sasl && { sasl: saslOptions(sasl.mechanism, keeper, explainKept) }),
    attempt: attemptWith({
      keeper,
      hasSasl,
      gate: kind === 'iam' ? new ConnectGate(clock, random) : undefined,
      probe,
      explain: explainKept,
    }),
    objection: objectionWith(probe, explainKept),
  };
};
