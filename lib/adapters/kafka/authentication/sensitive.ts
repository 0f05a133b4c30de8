import { inspect } from 'node:util';

const mask = '[redacted]';

/** A value that must never be seen: printed, serialised or inspected it is `[redacted]`. */
export class Sensitive<Value> {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  /** To be called where the value is used, and not before. */
  reveal(): Value {
    return this.#value;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  [inspect.custom](): string {
    return mask;
  }
}
