import { describe, expect, it } from 'vitest';
import {
  publicTls,
  type Authentication,
} from '../../../../../lib/adapters/kafka/authentication/authentication.ts';
import type { ConnectFailure } from '../../../../../lib/adapters/kafka/authentication/connect-failure.ts';
import { explainFailure } from '../../../../../lib/adapters/kafka/authentication/explain-failure.ts';
import { ConfigError, TransientError } from '../../../../../lib/core/errors.ts';

const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf';
const scram: Authentication = { kind: 'scram-sha-512', material: { from: 'secret', arn } };
const mutual: Authentication = { kind: 'mutual-tls', material: { from: 'secret', arn } };
const iam: Authentication = { kind: 'iam', region: 'eu-west-1', profile: undefined, tls: publicTls };
const tls: Authentication = {
  kind: 'tls',
  material: { from: 'given', value: { sasl: undefined, tls: publicTls }, source: 'client.properties' },
};
const oauth: Authentication = { kind: 'oauth', material: { from: 'secret', arn } };
const none: Authentication = { kind: 'none' };

const explained = (
  failure: ConnectFailure,
  authentication: Authentication,
  facts: { readonly wasAccepted?: boolean; readonly wasRenewed?: boolean } = {},
): ConfigError | TransientError =>
  explainFailure(failure, { authentication, wasAccepted: false, wasRenewed: false, ...facts });

const refused: ConnectFailure = { kind: 'credentials-refused', detail: 'Invalid username or password' };

describe('a failure to authenticate', () => {
  it('that never worked is a mistake in the configuration', () => {
    const error = explained(refused, scram, { wasRenewed: true });
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.code).toBe('AUTHENTICATION_REFUSED');
    expect(error.message).toContain(arn);
    expect(error.message).toContain('again after they were fetched anew');
    expect(error.message).toContain('"Invalid username or password"');
  });

  it('that worked before may pass', () => {
    const error = explained(refused, scram, { wasAccepted: true, wasRenewed: true });
    expect(error).toBeInstanceOf(TransientError);
    expect(error.code).toBe('AUTHENTICATION_REFUSED');
    expect(error.message).toMatch(/got a refusal.*expected the name.*Fix: compare.*it worked before/s);
  });

  it('does not say of credentials that cannot change that they were fetched anew', () => {
    expect(explained(refused, scram).message).not.toContain('anew');
  });

  it('for lack of room is always transient, with the least wait', () => {
    const error = explained({ kind: 'throttled', detail: '[1]: Too many connects' }, iam);
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: 'LOG_UNAVAILABLE', retryAfterMs: 1_000 });
    expect(error.message).toContain('Too many connects');
  });

  it('keeps what caused it', () => {
    const cause = new Error('x');
    const facts = { authentication: scram, wasAccepted: false, wasRenewed: false, cause };
    expect(explainFailure(refused, facts).cause).toBe(cause);
  });

  it.each<[ConnectFailure, Authentication, RegExp]>([
    [refused, iam, /MSK IAM in eu-west-1: .*kafka-cluster:Connect.*grant it to the role/s],
    [refused, oauth, /a token that the brokers take.*issuer and audience/s],
    [refused, tls, /the protocol of the listener.*check the port/s],
    [
      { kind: 'mechanism-unsupported', offered: ['PLAIN', 'X'] },
      scram,
      /does not offer it.*one of PLAIN, X/s,
    ],
    [{ kind: 'mechanism-unsupported', offered: [] }, scram, /expected what it offers/],
    [{ kind: 'sasl-expected', offered: ['PLAIN'] }, none, /asks for SASL.*one of PLAIN/s],
    [
      { kind: 'certificate-refused', code: 'E' },
      mutual,
      /refusal of the client’s certificate \(E\).*renew it/s,
    ],
    [{ kind: 'certificate-refused', code: 'E' }, tls, /a client without certificate \(E\).*give one/s],
    [{ kind: 'broker-untrusted', code: 'E' }, tls, /does not hold \(E\).*ssl\.truststore\.certificates/s],
    [{ kind: 'broker-untrusted', code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, tls, /another host name/],
    [{ kind: 'tls-expected' }, none, /speaks TLS.*use TLS/s],
    [{ kind: 'tls-not-spoken' }, tls, /speaks no TLS.*TLS listener/s],
  ])('says what was got, what was expected and how to mend it: %o', (failure, authentication, expected) => {
    const error = explained(failure, authentication);
    expect(error.message).toMatch(expected);
    expect(error).toBeInstanceOf(ConfigError);
  });
});
