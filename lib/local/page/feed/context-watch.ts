import type { ResolvedContract } from '../../../core/contract/resolved.ts';
import type { PlayItem } from '../../recording/playlist.ts';
import type { PageState } from '../protocol/page-state.ts';
import { BoundedMap } from './bounded-map.ts';
import { eventKey } from './event-key.ts';

/** Keys of a context that are known; of more than these the age is that of the ones that came last. */
const mostKeys = 5_000;

/** How old what is known of each context is, in event time. */
export class ContextWatch {
  readonly #context: ResolvedContract['context'];
  readonly #newest: Readonly<Record<string, BoundedMap<string, number>>>;

  constructor({ context }: Pick<ResolvedContract, 'context'>) {
    this.#context = context;
    this.#newest = Object.fromEntries(
      Object.keys(context).map((name) => [name, new BoundedMap<string, number>(mostKeys)]),
    );
  }

  /** Something of a context was published. */
  published(items: readonly PlayItem[]): void {
    for (const item of items) {
      const source = this.#context[item.to]?.source;
      const key = source === undefined ? undefined : eventKey(item, source.key);
      const newest = this.#newest[item.to];
      if (key !== undefined && newest !== undefined)
        newest.set(key, Math.max(item.at, newest.get(key) ?? item.at));
    }
  }

  /** @param simulated - the event time that it is now */
  contexts(simulated: number): PageState['contexts'] {
    return Object.entries(this.#context).map(([name, { maxAgeMs }]) => {
      const newest = this.#newest[name];
      let oldest = Number.POSITIVE_INFINITY;
      for (const at of newest?.values() ?? []) oldest = Math.min(oldest, at);
      return {
        name,
        maxAgeMs,
        oldestAgeMs: Number.isFinite(oldest) ? Math.max(0, simulated - oldest) : null,
        keys: newest?.size ?? 0,
      };
    });
  }
}
