/** What became of writing an object. */
export type PayloadStored =
  /** Durable: whoever reads it from now on finds it. */
  | { readonly kind: 'stored' }
  /** It may or may not be there. */
  | { readonly kind: 'unavailable'; readonly cause: unknown };

export type PayloadRead =
  | { readonly kind: 'read'; readonly body: Uint8Array }
  /** The store answered, and there is none. */
  | { readonly kind: 'missing' }
  /** The store did not answer: transient. */
  | { readonly kind: 'unavailable'; readonly cause: unknown };

/**
 * Where the contents of items are kept that are too large for them: a bucket.
 *
 * A key names its content, so writing it again changes nothing but its age. Neither call rejects.
 */
export interface PayloadStore {
  /** @param sha256 - of the body, 64 hexadecimal digits: a store that can check what arrived does */
  put(key: string, body: Uint8Array, sha256: string): Promise<PayloadStored>;
  get(key: string): Promise<PayloadRead>;
}
