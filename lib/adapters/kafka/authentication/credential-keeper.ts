/** Credentials as they were handed out: who used them says what became of it. */
export interface Held<Value> {
  readonly value: Value;
}

/** What a refusal means: fetched anew they may be taken, or there is nothing left to try. */
export type Refusal = 'again' | 'final';

/**
 * Keeps credentials, and fetches them again when they are refused: once, for however many connections were refused at the
 * same time. Refused again, that is final, and the next use begins anew: the secret may have been corrected since.
 */
export class CredentialKeeper<Value> {
  readonly #fetch: () => Promise<Value>;
  readonly #isRenewable: boolean;
  readonly #proven = new WeakSet<Held<Value>>();
  readonly #renewed = new WeakSet<Held<Value>>();
  readonly #refusals = new WeakMap<Held<Value>, Refusal>();
  #current: Promise<Held<Value>> | undefined;
  #latest: Held<Value> | undefined;
  #nextIsRenewed = false;
  #wasAccepted = false;

  /** @param isRenewable - whether `fetch` may give something else the next time */
  constructor(fetch: () => Promise<Value>, isRenewable: boolean) {
    this.#fetch = fetch;
    this.#isRenewable = isRenewable;
  }

  /** Whether any of its credentials was ever accepted: then a refusal is of a change, not of a mistake in the configuration. */
  get wasAccepted(): boolean {
    return this.#wasAccepted;
  }

  get isRenewable(): boolean {
    return this.#isRenewable;
  }

  /** What was fetched last, for whoever cannot wait. */
  get latest(): Held<Value> | undefined {
    return this.#latest;
  }

  /** Credentials to use now. What `fetch` throws is thrown, and forgotten. */
  async current(): Promise<Held<Value>> {
    this.#current ??= this.#load();
    return this.#current;
  }

  accepted(held: Held<Value>): void {
    this.#wasAccepted = true;
    this.#proven.add(held);
  }

  refused(held: Held<Value>): Refusal {
    const known = this.#refusals.get(held);
    if (known !== undefined) return known;
    if (!this.#isRenewable) return 'final';
    // Credentials that worked and stopped working were rotated, whatever was fetched how before.
    const refusal = this.#renewed.has(held) && !this.#proven.has(held) ? 'final' : 'again';
    this.#refusals.set(held, refusal);
    this.#nextIsRenewed = refusal === 'again';
    this.#current = undefined;
    return refusal;
  }

  async #load(): Promise<Held<Value>> {
    try {
      const held: Held<Value> = { value: await this.#fetch() };
      if (this.#nextIsRenewed) this.#renewed.add(held);
      this.#nextIsRenewed = false;
      this.#latest = held;
      return held;
    } catch (thrown) {
      this.#current = undefined;
      throw thrown;
    }
  }
}
