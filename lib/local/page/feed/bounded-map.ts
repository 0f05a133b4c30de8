/** A map that forgets what was touched longest ago. */
export class BoundedMap<Key, Value> {
  readonly #most: number;
  readonly #entries = new Map<Key, Value>();
  #hasForgotten = false;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Whether it ever had more than it remembers. */
  get hasForgotten(): boolean {
    return this.#hasForgotten;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  /** Touches it: it is the newest now. */
  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#most) return;
    this.#hasForgotten = true;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  /** Another value where the key stands; nothing where it is gone. */
  replace(key: Key, value: Value): void {
    if (this.#entries.has(key)) this.#entries.set(key, value);
  }

  /** The newest first. */
  newest(count: number): readonly (readonly [Key, Value])[] {
    return [...this.#entries].slice(-count).toReversed();
  }

  values(): Iterable<Value> {
    return this.#entries.values();
  }
}
