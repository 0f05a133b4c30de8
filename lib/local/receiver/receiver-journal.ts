import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

/** One request that the receiver answered with 2xx or refused. */
export interface ReceiverEntry {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  /** The idempotency key; `null` where the request had none: it then has its effect every time. */
  readonly key: string | null;
  /** SHA-256 of the body. */
  readonly digest: string;
  /** The trace that the request belongs to, from its `traceparent`. */
  readonly trace: string | null;
  /** What it did: had its effect, repeated the answer of the first with its key, or was refused for another body. */
  readonly did: 'effect' | 'answered-again' | 'refused';
  readonly number: number;
  readonly body: unknown;
}

export interface ReceiverTally {
  readonly requests: number;
  readonly distinctKeys: number;
  /** Effects that were had before: the same body on the same trace, whatever the key. */
  readonly duplicateEffects: number;
}

/** What is remembered of the request that had its effect under a key. */
type FirstEffect = Pick<ReceiverEntry, 'digest' | 'number'>;

const lineFeed = 0x0a;

/**
 * What the receiver got, one JSON text a line.
 *
 * An entry is written before its request is answered; half a line at the end is of a request that was never answered.
 */
export class ReceiverJournal {
  readonly #file: number;
  readonly #first = new Map<string, FirstEffect>();
  readonly #effects = new Set<string>();
  #requests = 0;
  #effectCount = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'a+');
    const content = readFileSync(this.#file);
    const whole = content.lastIndexOf(lineFeed) + 1;
    if (whole < content.length) ftruncateSync(this.#file, whole);
    for (const line of content.toString('utf8', 0, whole).split('\n'))
      if (line !== '') this.#count(JSON.parse(line) as ReceiverEntry);
  }

  get tally(): ReceiverTally {
    return {
      requests: this.#requests,
      distinctKeys: this.#first.size,
      duplicateEffects: this.#effectCount - this.#effects.size,
    };
  }

  /** Effects so far. */
  get effects(): number {
    return this.#effectCount;
  }

  /** The request that had its effect under a key. */
  effectOf(key: string): FirstEffect | undefined {
    return this.#first.get(key);
  }

  append(entry: ReceiverEntry): void {
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
    this.#count(entry);
  }

  close(): void {
    closeSync(this.#file);
  }

  #count(entry: ReceiverEntry): void {
    this.#requests += 1;
    if (entry.did !== 'effect') return;
    if (entry.key !== null) this.#first.set(entry.key, { digest: entry.digest, number: entry.number });
    this.#effectCount += 1;
    this.#effects.add(JSON.stringify([entry.method, entry.path, entry.trace, entry.digest]));
  }
}
