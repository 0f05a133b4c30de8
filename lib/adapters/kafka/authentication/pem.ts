/** One block of a PEM text. */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`, … */
  readonly label: string;
  /** With lines of 64 characters, as OpenSSL reads it. */
  readonly text: string;
}

const block = /-----BEGIN ([A-Z0-9 ]+)-----([^]*?)-----END \1-----/g;

/**
 * The blocks of a PEM text, whatever became of its line breaks: consoles, JSON and properties files make blanks of them,
 * and Kafka reads that (KIP-651), while OpenSSL does not.
 */
export const pemBlocks = (text: string): readonly PemBlock[] =>
  [...text.matchAll(block)].map(([whole, label = '', body = '']) => {
    // Headers of an encrypted key in the old format are lines of their own.
    if (body.includes(':')) return { label, text: `${whole}\n` };
    const lines = body.replaceAll(/\s|\\n/g, '').match(/.{1,64}/g) ?? [];
    return { label, text: [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n') };
  });

const joined = (blocks: readonly PemBlock[]): string | undefined =>
  blocks.length === 0 ? undefined : blocks.map(({ text }) => text).join('');

/** All certificates of a PEM text, in their order. */
export const certificatesIn = (text: string): string | undefined =>
  joined(pemBlocks(text).filter(({ label }) => label.endsWith('CERTIFICATE')));

/** The private key of a PEM text. */
export const privateKeyIn = (text: string): string | undefined =>
  pemBlocks(text).find(({ label }) => label.endsWith('PRIVATE KEY'))?.text;
