import {
  AuthenticationError,
  NetworkError,
  ResponseError,
  TimeoutError,
  UserError,
} from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import {
  attemptWith,
  type AttemptOptions,
} from '../../../../../lib/adapters/kafka/authentication/attempt.ts';
import type { ConnectFailure } from '../../../../../lib/adapters/kafka/authentication/connect-failure.ts';
import { ConnectGate } from '../../../../../lib/adapters/kafka/authentication/connect-gate.ts';
import { CredentialKeeper } from '../../../../../lib/adapters/kafka/authentication/credential-keeper.ts';
import { ConfigError, TransientError } from '../../../../../lib/core/errors.ts';
import { epochMsOf } from '../../../../../lib/core/units.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const address = 'b-1.example.com:9098';
const certificateRefused = Object.assign(new Error('alert'), {
  code: 'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN',
});
const closed = new NetworkError('Connection closed');
const saslRefused = new NetworkError('Connection to b:9092 failed.', {
  cause: new AuthenticationError('failed', { cause: new ResponseError(36, 2, { '/': [58, 'no'] }, {}) }),
});

const open = async (options: Partial<AttemptOptions<string>> & { readonly isRenewable?: boolean } = {}) => {
  let fetched = 0;
  const keeper = new CredentialKeeper(async () => `v${(fetched += 1)}`, options.isRenewable ?? true);
  await keeper.current();
  const failures: ConnectFailure[] = [];
  const attempt = attemptWith({
    keeper,
    hasSasl: false,
    gate: undefined,
    probe: async () => undefined,
    explain: (failure) => {
      failures.push(failure);
      return new ConfigError('AUTHENTICATION_REFUSED', { message: failure.kind });
    },
    ...options,
  });
  return { keeper, attempt, failures, fetched: () => fetched };
};

/** An operation that ends as it is told, once for each time it is run; then it succeeds. */
const operation = (...ends: readonly Error[]) => {
  const left = [...ends];
  let runs = 0;
  return {
    run: async (): Promise<string> => {
      runs += 1;
      const end = left.shift();
      if (end) throw end;
      return 'done';
    },
    runs: () => runs,
  };
};

describe('the opening of a connection', () => {
  it('that succeeds is run once, and proves the certificate', async () => {
    const { attempt, keeper } = await open();
    const { run, runs } = operation();
    expect(await attempt(address, run)).toBe('done');
    expect([runs(), keeper.wasAccepted]).toEqual([1, true]);
  });

  it('that succeeds proves no password: the exchange has done that', async () => {
    const { attempt, keeper } = await open({ hasSasl: true });
    await attempt(address, operation().run);
    expect(keeper.wasAccepted).toBe(false);
  });

  it('whose certificate is refused is run once more with a fresh one', async () => {
    const { attempt, fetched, keeper } = await open();
    expect(await attempt(address, operation(certificateRefused).run)).toBe('done');
    expect([fetched(), keeper.latest?.value]).toEqual([2, 'v2']);
  });

  it('shares what is fetched with all that were refused at the same time', async () => {
    const { attempt, fetched } = await open();
    const operations = Array.from({ length: 5 }, () => operation(certificateRefused));
    expect(await Promise.all(operations.map(async ({ run }) => attempt(address, run)))).toEqual(
      Array(5).fill('done'),
    );
    expect(fetched()).toBe(2);
  });

  it('that is refused twice ends with an explanation, and the next one begins anew', async () => {
    const { attempt, fetched, failures } = await open();
    const { run, runs } = operation(certificateRefused, certificateRefused);
    await expect(attempt(address, run)).rejects.toMatchObject({ code: 'AUTHENTICATION_REFUSED' });
    expect([runs(), fetched(), failures]).toEqual([
      2,
      2,
      [{ kind: 'certificate-refused', code: certificateRefused.code }],
    ]);
    expect(await attempt(address, operation(certificateRefused).run)).toBe('done');
  });

  it('that is refused with what another one has just fetched again ends at once', async () => {
    const { attempt, keeper } = await open();
    keeper.refused(await keeper.current());
    const { run, runs } = operation(certificateRefused);
    await expect(attempt(address, run)).rejects.toMatchObject({ code: 'AUTHENTICATION_REFUSED' });
    expect(runs()).toBe(1);
  });

  it('whose broker is not trusted is run once more: its authority may have been rotated', async () => {
    const { attempt } = await open();
    const untrusted = Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
    expect(await attempt(address, operation(untrusted).run)).toBe('done');
  });

  it('whose certificate cannot change is run once', async () => {
    const { attempt } = await open({ isRenewable: false });
    const { run, runs } = operation(certificateRefused);
    await expect(attempt(address, run)).rejects.toMatchObject({ code: 'AUTHENTICATION_REFUSED' });
    expect(runs()).toBe(1);
  });

  it('whose password was refused and cannot change is run once', async () => {
    const { attempt } = await open({ hasSasl: true, isRenewable: false });
    const { run, runs } = operation(saslRefused);
    await expect(attempt(address, run)).rejects.toMatchObject({ message: 'credentials-refused' });
    expect(runs()).toBe(1);
  });

  it('whose password was refused is run once more', async () => {
    const { attempt } = await open({ hasSasl: true });
    expect(await attempt(address, operation(saslRefused).run)).toBe('done');
    await expect(attempt(address, operation(saslRefused, saslRefused).run)).rejects.toMatchObject({
      message: 'credentials-refused',
    });
  });

  it('that a broker turned away because it counts them waits, and is tried four times', async () => {
    const busy = new NetworkError('Connection to b:9098 failed.', {
      cause: new AuthenticationError('failed', {
        cause: new ResponseError(36, 2, { '/': [58, '[1]: Too many connects'] }, {}),
      }),
    });
    const clock = new VirtualClock(epochMsOf(0));
    const { attempt, fetched, failures } = await open({
      hasSasl: true,
      gate: new ConnectGate(clock, () => 0),
    });
    expect(await attempt(address, operation(busy, busy, busy).run)).toBe('done');
    expect(clock.waits).toEqual([1_000, 2_000, 2_000]);
    const { run, runs } = operation(busy, busy, busy, busy);
    await expect(attempt(address, run)).rejects.toMatchObject({ message: 'throttled' });
    expect([runs(), fetched(), failures.map(({ kind }) => kind)]).toEqual([4, 1, ['throttled']]);
  });

  it('after one that failed waits where brokers count them, and not longer for what is long over', async () => {
    const clock = new VirtualClock(epochMsOf(0));
    const { attempt } = await open({ hasSasl: true, gate: new ConnectGate(clock, () => 0) });
    for (let times = 0; times < 2; times += 1) {
      await expect(attempt(address, operation(closed).run)).rejects.toBe(closed);
      expect(await attempt(address, operation().run)).toBe('done');
    }
    expect(clock.waits).toEqual([1_000, 1_000]);
  });

  it.each([
    ['a mistake in the configuration', new ConfigError('AUTHENTICATION_REFUSED', { message: 'x' })],
    ['what may pass', new TransientError('CREDENTIALS_UNAVAILABLE', { message: 'x' })],
  ])('that ends with %s, deep inside, ends with that', async (_, cause) => {
    const { attempt } = await open({ hasSasl: true });
    const { run, runs } = operation(
      new NetworkError('failed', { cause: new AuthenticationError('x', { cause }) }),
    );
    await expect(attempt(address, run)).rejects.toBe(cause);
    expect(runs()).toBe(1);
  });

  it.each([closed, new UserError('Broker requires TLS.')])(
    'of which the client knows too little is explained by the brokers: %s',
    async (unclear) => {
      const { attempt, failures } = await open({ probe: async () => ({ kind: 'tls-expected' }) });
      await expect(attempt(address, operation(unclear).run)).rejects.toMatchObject({
        message: 'tls-expected',
      });
      expect(failures).toHaveLength(1);
    },
  );

  it('whose certificate only the brokers know to be refused is run once more', async () => {
    const { attempt, fetched } = await open({
      probe: async () => ({ kind: 'certificate-refused', code: 'E' }),
    });
    expect(await attempt(address, operation(closed).run)).toBe('done');
    expect(fetched()).toBe(2);
  });

  it('that fails for another reason fails with it, and once', async () => {
    let probes = 0;
    const probe = async (): Promise<undefined> => {
      probes += 1;
      return undefined;
    };
    const { attempt, fetched } = await open({ probe });
    const unknownTopic = new ResponseError(3, 12, { '/topics/0': [3, null] }, {});
    const notThere = new NetworkError('Connection to b:9098 failed.', {
      cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' }),
    });
    const silent = new TimeoutError('Connection to b:9098 timed out.');
    for (const error of [closed, notThere, silent, unknownTopic, new RangeError('x')]) {
      const { run, runs } = operation(error);
      await expect(attempt(address, run)).rejects.toBe(error);
      expect(runs()).toBe(1);
    }
    expect(fetched()).toBe(1);
    // Only a lost connection leaves anything to ask the brokers.
    expect(probes).toBe(1);
  });

  it('that is not authenticated is explained all the same', async () => {
    const { attempt } = await open({
      keeper: undefined,
      probe: async () => ({ kind: 'sasl-expected', offered: [] }),
    });
    await expect(attempt(address, operation(closed).run)).rejects.toMatchObject({ message: 'sasl-expected' });
    expect(await attempt(address, operation().run)).toBe('done');
  });
});
