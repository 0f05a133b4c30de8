import { ConfigError, type Problem } from '../../../core/errors.ts';
import type { Material, Tls, TokenSource, UserCredentials } from './authentication.ts';
import type { OAuthClient } from './oauth-tokens.ts';
import { certificatesIn, privateKeyIn } from './pem.ts';
import { Sensitive } from './sensitive.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Reads the fields of a secret and notes all that are missing. Nothing of what it finds is ever quoted. */
class SecretFields {
  readonly #arn: string;
  readonly #fields: Fields;
  readonly #problems: Problem[] = [];

  constructor(arn: string, text: string) {
    this.#arn = arn;
    this.#fields = this.#parse(text);
  }

  /** A field that must be there, as text, or as what `read` makes of it. */
  need(name: string, expected: string, read: (text: string) => string | undefined = (text) => text): string {
    const value = this.#fields[name];
    const found = typeof value === 'string' && value !== '' ? read(value) : undefined;
    if (found === undefined) this.#problem(name, value, expected);
    return found ?? '';
  }

  optional(
    name: string,
    expected: string,
    read: (text: string) => string | undefined = (text) => text,
  ): string | undefined {
    const value = this.#fields[name];
    return value === undefined || value === '' || value === null
      ? undefined
      : this.need(name, expected, read);
  }

  /** @throws {ConfigError} `AUTHENTICATION_INVALID` if anything was missing */
  check(): void {
    if (this.#problems.length > 0)
      throw new ConfigError('AUTHENTICATION_INVALID', {
        message: `the secret ${this.#arn} has another form than its use needs:`,
        problems: this.#problems,
      });
  }

  #problem(name: string, value: unknown, expected: string): void {
    const got =
      value === undefined || value === '' || value === null
        ? 'nothing'
        : typeof value === 'string'
          ? 'text of another form'
          : `a JSON ${Array.isArray(value) ? 'array' : typeof value}`;
    this.#problems.push({ path: name, got, expected, fix: 'correct the secret in Secrets Manager' });
  }

  #parse(text: string): Fields {
    try {
      const parsed: unknown = JSON.parse(text);
      if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Fields;
    } catch {
      // The parser's error quotes the text.
    }
    throw new ConfigError('AUTHENTICATION_INVALID', {
      message: `the secret ${this.#arn} is no JSON object. Fix: store key/value pairs`,
    });
  }
}

const certificate = 'a certificate in PEM';

/** `ca`, which every form of secret may have: the authority of brokers whose certificates are not publicly signed. */
const tlsOf = (fields: SecretFields): Tls => ({
  ca: fields.optional('ca', certificate, certificatesIn),
  client: undefined,
  checkHostname: true,
});

/** `certificate`: the brokers' authority, in the form that Lambda's event source mapping takes it in. */
export const tlsMaterial = (arn: string, text: string): Material<undefined> => {
  const fields = new SecretFields(arn, text);
  const ca = fields.need('certificate', certificate, certificatesIn);
  fields.check();
  return { sasl: undefined, tls: { ca, client: undefined, checkHostname: true } };
};

/**
 * `certificate`, `privateKey` and `privateKeyPassword`, in the form that Lambda's event source mapping takes them in.
 *
 * @see AWS Lambda developer guide, "with-kafka": configuring the mTLS secret
 */
export const mutualTlsMaterial = (arn: string, text: string): Material<undefined> => {
  const fields = new SecretFields(arn, text);
  const tls = tlsOf(fields);
  const chain = fields.need('certificate', certificate, certificatesIn);
  const privateKey = fields.need('privateKey', 'a private key in PEM', privateKeyIn);
  const passphrase = fields.optional('privateKeyPassword', 'text');
  fields.check();
  return {
    sasl: undefined,
    tls: {
      ...tls,
      client: {
        certificate: chain,
        privateKey: new Sensitive(privateKey),
        passphrase: passphrase === undefined ? undefined : new Sensitive(passphrase),
      },
    },
  };
};

/** `username` and `password`: the form of a secret that is associated with an MSK cluster. */
export const userMaterial = (arn: string, text: string): Material<UserCredentials> => {
  const fields = new SecretFields(arn, text);
  const tls = tlsOf(fields);
  const username = fields.need('username', 'the name of a user');
  const password = fields.need('password', 'the password of that user');
  fields.check();
  return { sasl: { username, password: new Sensitive(password) }, tls };
};

/** `tokenEndpoint`, `clientId`, `clientSecret` and `scope`. */
export const oauthMaterial = (
  arn: string,
  text: string,
  tokensOf: (client: OAuthClient) => TokenSource,
): Material<TokenSource> => {
  const fields = new SecretFields(arn, text);
  const tls = tlsOf(fields);
  const client = {
    tokenEndpoint: fields.need('tokenEndpoint', 'the https address of the token endpoint'),
    clientId: fields.need('clientId', 'the id of an OAuth client'),
    clientSecret: new Sensitive(fields.need('clientSecret', 'the secret of that client')),
    scope: fields.optional('scope', 'text'),
  };
  fields.check();
  return { sasl: tokensOf(client), tls };
};
