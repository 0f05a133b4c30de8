import type { LetterReason } from '../dead-letter.ts';

/** What became of one value. */
export type DecodedValue =
  /** As JSON would have carried it: what the contract's schemas judge. */
  | { readonly kind: 'data'; readonly data: unknown }
  /** It can never be decoded. The message holds nothing of the value. */
  | { readonly kind: 'refused'; readonly reason: LetterReason; readonly message: string }
  /** What is needed to decode it did not answer: transient. */
  | { readonly kind: 'unavailable'; readonly message: string };

/**
 * Makes data of the values of one source topic, in the format that the contract says.
 *
 * Asked once per batch with all its values: what has to be fetched for them is fetched side by side, and each thing once.
 * One answer per value, in the order given; never rejects, whatever the bytes are.
 */
export interface ValueDecoder {
  /** @param timeoutMs - the time it may take; what is not there by then is `unavailable` */
  decode(values: readonly Uint8Array[], timeoutMs: number): Promise<readonly DecodedValue[]>;
}
