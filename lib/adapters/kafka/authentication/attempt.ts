import { TimeoutError } from '@platformatic/kafka';
import { ConfigError, TransientError } from '../../../core/errors.ts';
import { connectFailureOf, errorTree, type ConnectFailure } from './connect-failure.ts';
import type { ConnectGate } from './connect-gate.ts';
import type { CredentialKeeper, Held } from './credential-keeper.ts';

/** An error that says by itself what it was about. */
export type Explained = ConfigError | TransientError;

export interface AttemptOptions<Value> {
  readonly keeper: CredentialKeeper<Value> | undefined;
  /** Whether the brokers say to SASL, and so to the keeper, that they take the credentials. */
  readonly hasSasl: boolean;
  /** `undefined`: brokers do not count connections. */
  readonly gate: ConnectGate | undefined;
  /** Asks the broker, where the client cannot know. */
  readonly probe: (address: string) => Promise<ConnectFailure | undefined>;
  readonly explain: (failure: ConnectFailure, cause: unknown) => Explained;
}

/** Opens a connection to `address`, as often as `open` may yet succeed. */
export type Attempt = <Opened>(address: string, open: () => Promise<Opened>) => Promise<Opened>;

/** How often a broker that takes no more connections for now is asked. */
const mostTries = 4;

const explainedIn = (thrown: unknown): Explained | undefined =>
  (errorTree(thrown) as readonly unknown[]).find(
    (error) => error instanceof ConfigError || error instanceof TransientError,
  );

/** Nobody was reached: nobody can be asked, and waiting for the answer of a broker that is cut off would only cost time. */
const isUnreached = (thrown: unknown): boolean =>
  (errorTree(thrown) as readonly unknown[]).some(
    (error) =>
      error instanceof TimeoutError ||
      ['connect', 'getaddrinfo'].includes(String((error as { readonly syscall?: unknown }).syscall)),
  );

/** Whether the client may know less than the broker: it lost a connection, or says that it was told something wrong. */
const isUnclear = (thrown: unknown): boolean =>
  !isUnreached(thrown) &&
  errorTree(thrown).some(({ code }) => code === 'PLT_KFK_NETWORK' || code === 'PLT_KFK_USER');

/** Opens connections, once more each where the credentials were refused and fetched again, and explains what they end with. */
export const attemptWith = <Value>({
  keeper,
  hasSasl,
  gate,
  probe,
  explain,
}: AttemptOptions<Value>): Attempt => {
  const isWorthAnother = (
    failure: ConnectFailure,
    held: Held<Value> | undefined,
    refusals: number,
    tries: number,
  ): boolean => {
    switch (failure.kind) {
      case 'credentials-refused':
        // The exchange has told the keeper, and an end for good is explained already.
        return keeper?.isRenewable === true && refusals === 1;
      case 'certificate-refused':
      case 'broker-untrusted':
        return (
          keeper?.isRenewable === true &&
          held !== undefined &&
          keeper.refused(held) === 'again' &&
          refusals === 1
        );
      case 'throttled':
        return gate !== undefined && tries < mostTries;
      case 'mechanism-unsupported':
      case 'sasl-expected':
      case 'tls-expected':
      case 'tls-not-spoken':
        return false;
    }
  };

  return async (address, open) => {
    let refusals = 0;
    for (let tries = 1; ; tries += 1) {
      await gate?.pass(address);
      // What was refused is fetched anew here: the client's TLS options cannot wait for it.
      const held = await keeper?.current();
      try {
        const opened = await open();
        gate?.opened(address);
        if (held && !hasSasl) keeper?.accepted(held);
        return opened;
      } catch (thrown) {
        gate?.failed(address);
        const explained = explainedIn(thrown);
        if (explained) throw explained;
        const failure = connectFailureOf(thrown) ?? (isUnclear(thrown) ? await probe(address) : undefined);
        if (!failure) throw thrown;
        if (failure.kind !== 'throttled') refusals += 1;
        if (!isWorthAnother(failure, held, refusals, tries)) throw explain(failure, thrown);
      }
    }
  };
};
