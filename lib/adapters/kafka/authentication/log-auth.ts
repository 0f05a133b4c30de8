/**
 * `FRESHET_LOG_AUTH`: how a function proves to the brokers who it is, as data without any secret in it.
 *
 * | value | authentication |
 * |---|---|
 * | `none` | none, not encrypted |
 * | `tls`, `tls:<secret ARN>` | TLS; the secret holds the authority as `certificate` |
 * | `mtls:<secret ARN>` | mutual TLS; `certificate`, `privateKey`, `privateKeyPassword` |
 * | `scram-512:<secret ARN>`, `scram-256:…`, `plain:…` | SASL over TLS; `username`, `password` |
 * | `oauth:<secret ARN>` | SASL/OAUTHBEARER over TLS; `tokenEndpoint`, `clientId`, `clientSecret`, `scope` |
 * | `iam:<region>` | MSK IAM |
 * | `properties:<file>` | what the file says that Kafka's own tools take as `--command-config` |
 * | `variables` | what `KAFKA_SECURITY_PROTOCOL` and its like say |
 */
export type LogAuth =
  | { readonly kind: 'none' | 'variables' }
  | { readonly kind: 'tls'; readonly secretArn: string | undefined }
  | { readonly kind: SecretKind; readonly secretArn: string }
  | { readonly kind: 'iam'; readonly region: string }
  | { readonly kind: 'properties'; readonly file: string };

type SecretKind = 'mutual-tls' | 'scram-sha-256' | 'scram-sha-512' | 'plain' | 'oauth';

const kindByWord: ReadonlyMap<string, SecretKind> = new Map([
  ['mtls', 'mutual-tls'],
  ['scram-256', 'scram-sha-256'],
  ['scram-512', 'scram-sha-512'],
  ['plain', 'plain'],
  ['oauth', 'oauth'],
]);

const secretArn = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+$/;
const region = /^[a-z]{2,5}(?:-[a-z]+)+-\d+$/;

/** What can stand in the variable, for an error. */
export const logAuthForms =
  'none, tls, tls:<secret ARN>, mtls:<secret ARN>, scram-512:<secret ARN>, scram-256:<secret ARN>, plain:<secret ARN>, oauth:<secret ARN>, iam:<region>, properties:<file> or variables';

/** @returns `undefined` for what is none of {@link logAuthForms} */
export const parseLogAuth = (text: string): LogAuth | undefined => {
  const [, word = '', rest] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  if (word === 'none' || word === 'variables') return rest === undefined ? { kind: word } : undefined;
  if (word === 'tls' && rest === undefined) return { kind: 'tls', secretArn: undefined };
  if (rest === undefined || rest === '') return undefined;
  if (word === 'properties') return { kind: 'properties', file: rest };
  if (word === 'iam') return region.test(rest) ? { kind: 'iam', region: rest } : undefined;
  if (!secretArn.test(rest)) return undefined;
  if (word === 'tls') return { kind: 'tls', secretArn: rest };
  const kind = kindByWord.get(word);
  return kind && { kind, secretArn: rest };
};

/** A value that cannot serve, for an error. Not the value itself: whoever misread the form may have written a password. */
export const describeBadLogAuth = (text: string): string => {
  const [word = ''] = text.split(':', 1);
  return word === 'iam' || word === 'tls' || kindByWord.has(word)
    ? `"${word}:", followed by something else than ${word === 'iam' ? 'a region' : 'the ARN of a secret'}`
    : 'something else, which is not shown because it may be a secret';
};
