/** Effect policies are values, so that a pair that contradicts itself cannot be written down. */

/** The same request goes out under one idempotency key until its answer is known: at-least-once, once at a downstream that honours the key. */
export interface Keyed {
  readonly policy: 'keyed';
}

/** No request goes out twice; where a crash leaves the answer unknown, the effect ends IN_DOUBT and somebody resolves it. */
export interface AtMostOnce {
  readonly policy: 'at-most-once';
}

export type EffectPolicy = Keyed | AtMostOnce;

export const keyed = (): Keyed => ({ policy: 'keyed' });
export const atMostOnce = (): AtMostOnce => ({ policy: 'at-most-once' });
