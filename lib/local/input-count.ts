import type { ResolvedContract } from '../core/contract/resolved.ts';
import type { PlayItem } from './recording/playlist.ts';

/** What was played: by event type of the source, by context, and `rejected` for lines that became dead letters. */
export class InputCount {
  readonly #counts: Map<string, number>;
  readonly #isRejected: (item: PlayItem) => boolean;

  constructor({ source, context }: ResolvedContract, isRejected: (item: PlayItem) => boolean) {
    const names = [...Object.keys(source.events), ...Object.keys(context), 'rejected'];
    this.#counts = new Map(names.map((name) => [name, 0]));
    this.#isRejected = isRejected;
  }

  add(items: readonly PlayItem[]): void {
    for (const item of items) {
      const name = this.#nameOf(item);
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    }
  }

  /** Events and rejected lines together. */
  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  get counts(): Readonly<Record<string, number>> {
    const { rejected = 0, ...events } = Object.fromEntries(this.#counts);
    return { ...events, rejected };
  }

  #nameOf(item: PlayItem): string {
    if (item.kind === 'rejected' || this.#isRejected(item)) return 'rejected';
    return item.to === 'source' ? item.event.type : item.to;
  }
}
