import {
  AuthenticationError,
  MultipleErrors,
  NetworkError,
  ResponseError,
  UserError,
} from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import {
  connectFailureOf,
  errorTree,
} from '../../../../../lib/adapters/kafka/authentication/connect-failure.ts';
import { CredentialsRefused } from '../../../../../lib/adapters/kafka/authentication/credentials-refused.ts';

const saslAuthenticate = 36;
const saslHandshake = 17;
const refused = (message: string): Error =>
  new ResponseError(saslAuthenticate, 2, { '/': [58, message] }, { errorCode: 58 });
const coded = (code: string): Error => Object.assign(new Error('x'), { code });
/** As the client wraps what ends a connection. */
const connection = (cause: Error): Error => new NetworkError('Connection to b:9092 failed.', { cause });
const several = (...errors: Error[]): Error => new MultipleErrors('metadata failed 3 times.', errors);

describe('a failure to connect', () => {
  it.each<[string, unknown, unknown]>([
    [
      'a wrong password',
      several(
        connection(new AuthenticationError('SASL authentication failed.', { cause: refused('Invalid') })),
      ),
      { kind: 'credentials-refused', detail: 'Invalid' },
    ],
    [
      'a broker that is not who it says',
      connection(new AuthenticationError('Invalid server signature.')),
      { kind: 'credentials-refused', detail: 'Invalid server signature.' },
    ],
    [
      'a token',
      connection(new CredentialsRefused('invalid_token')),
      { kind: 'credentials-refused', detail: 'invalid_token' },
    ],
    [
      'MSK’s limit of connections',
      connection(new AuthenticationError('failed', { cause: refused('[446c81dc]: Too many connects') })),
      { kind: 'throttled', detail: '[446c81dc]: Too many connects' },
    ],
    [
      'another mechanism',
      connection(
        new AuthenticationError('Cannot find a suitable SASL mechanism.', {
          cause: new ResponseError(
            saslHandshake,
            1,
            { '/': [33, null] },
            { errorCode: 33, mechanisms: ['PLAIN'] },
          ),
        }),
      ),
      { kind: 'mechanism-unsupported', offered: ['PLAIN'] },
    ],
    [
      'a broker’s certificate',
      several(several(connection(coded('SELF_SIGNED_CERT_IN_CHAIN')))),
      { kind: 'broker-untrusted', code: 'SELF_SIGNED_CERT_IN_CHAIN' },
    ],
    [
      'a certificate of ours, as OpenSSL 3.5 says it',
      coded('ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN'),
      { kind: 'certificate-refused', code: 'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN' },
    ],
    [
      'a certificate of ours, as OpenSSL 3.0 says it',
      coded('ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE'),
      { kind: 'certificate-refused', code: 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE' },
    ],
    [
      'no certificate of ours',
      coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
      { kind: 'certificate-refused', code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' },
    ],
    ['no TLS', connection(coded('ERR_SSL_WRONG_VERSION_NUMBER')), { kind: 'tls-not-spoken' }],
  ])('over %s is told from all others', (_, thrown, expected) => {
    expect(connectFailureOf(thrown)).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ['a broker that is not there', several(connection(coded('ECONNREFUSED')))],
    ['a connection that was closed', new NetworkError('Connection closed')],
    [
      'a connection that was lost in the exchange',
      connection(
        new AuthenticationError('SASL authentication failed.', {
          cause: new NetworkError('Connection closed'),
        }),
      ),
    ],
    ['a reset', connection(new UserError('TLS handshake failed.', { cause: coded('ECONNRESET') }))],
    ['a version of TLS', coded('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')],
    ['an unknown topic', new ResponseError(3, 12, { '/topics/0': [3, null] }, {})],
    ['anything else', new Error('x')],
    ['a text', 'x'],
    ['nothing', undefined],
  ])('over %s is none of authentication', (_, thrown) => {
    expect(connectFailureOf(thrown)).toBeUndefined();
  });
});

describe('the tree of an error', () => {
  it('has everything once, outermost first, though it goes in circles', () => {
    const inner = new Error('inner');
    const outer = new AggregateError([inner, inner, 'text'], 'outer', { cause: inner });
    inner.cause = outer;
    expect(errorTree(outer)).toEqual([outer, inner]);
    expect(errorTree('text')).toEqual([]);
  });
});
