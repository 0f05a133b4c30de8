import { CredentialsRefused } from './credentials-refused.ts';

/** Why a broker and a client did not come together, as far as authentication goes. */
export type ConnectFailure =
  /** The broker, or who gives out tokens, does not take our word. `detail` is theirs. */
  | { readonly kind: 'credentials-refused'; readonly detail: string }
  /** The broker takes no more connections for now; it says so as if it refused them. */
  | { readonly kind: 'throttled'; readonly detail: string }
  | { readonly kind: 'mechanism-unsupported'; readonly offered: readonly string[] }
  | { readonly kind: 'sasl-expected'; readonly offered: readonly string[] }
  /** `code` is OpenSSL's, by way of Node. */
  | { readonly kind: 'certificate-refused'; readonly code: string }
  | { readonly kind: 'broker-untrusted'; readonly code: string }
  | { readonly kind: 'tls-expected' }
  | { readonly kind: 'tls-not-spoken' };

type Node = Readonly<Record<string, unknown>>;

/** An error, what caused it and what it is made of, outermost first. */
export const errorTree = (thrown: unknown): readonly Node[] => {
  const seen = new Set<unknown>([thrown]);
  for (const error of seen) {
    const { cause, errors } = (error ?? {}) as { readonly cause?: unknown; readonly errors?: unknown };
    for (const inner of [cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])])
      if (typeof inner === 'object' && inner !== null) seen.add(inner);
  }
  return [...seen].filter((error) => typeof error === 'object' && error !== null) as Node[];
};

/** Node's names for a certificate of the other side that does not hold. @see Node.js documentation, "X509 certificate error codes" */
const untrusted: ReadonlySet<unknown> = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Alerts by which a broker refuses a client's certificate, or the lack of one. @see RFC 8446, 6.2 */
const certificateAlert =
  /^ERR_SSL_.*_ALERT_(?:ACCESS_DENIED|BAD_CERTIFICATE|CERTIFICATE_\w+|DECRYPT_ERROR|HANDSHAKE_FAILURE|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE)$/;

/** Nothing of an MSK broker's answer but its text tells this from a refusal. @see Amazon MSK developer guide, "Troubleshooting": too many connects */
const tooManyConnects = /too many connects/i;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const saslFailure = (tree: readonly Node[]): ConnectFailure | undefined => {
  const elsewhere = (tree as readonly unknown[]).find((error) => error instanceof CredentialsRefused);
  if (elsewhere) return { kind: 'credentials-refused', detail: elsewhere.detail };
  const refusal = tree.find(({ apiId }) => apiId === 'SASL_AUTHENTICATION_FAILED');
  if (refusal) {
    const detail = text(refusal['serverErrorMessage']);
    return tooManyConnects.test(detail)
      ? { kind: 'throttled', detail }
      : { kind: 'credentials-refused', detail };
  }
  if (tree.some(({ apiId }) => apiId === 'UNSUPPORTED_SASL_MECHANISM')) {
    const offered = tree
      .map(({ response }) => (response as { readonly mechanisms?: unknown } | undefined)?.mechanisms)
      .find(Array.isArray);
    return { kind: 'mechanism-unsupported', offered: (offered ?? []) as readonly string[] };
  }
  // An end of the exchange that the client itself came to: nothing else caused it.
  const own = tree.find(({ code, cause }) => code === 'PLT_KFK_AUTHENTICATION' && cause === undefined);
  return own && { kind: 'credentials-refused', detail: text(own['message']) };
};

const tlsFailure = (tree: readonly Node[]): ConnectFailure | undefined => {
  for (const { code } of tree) {
    if (untrusted.has(code)) return { kind: 'broker-untrusted', code: text(code) };
    if (certificateAlert.test(text(code))) return { kind: 'certificate-refused', code: text(code) };
    if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return { kind: 'tls-not-spoken' };
  }
  return undefined;
};

/** @returns `undefined` for a failure of anything else, such as a broker that is not there */
export const connectFailureOf = (thrown: unknown): ConnectFailure | undefined => {
  const tree = errorTree(thrown);
  return saslFailure(tree) ?? tlsFailure(tree);
};
