import type { EpochMs } from '../../core/units.ts';
import { retryAt } from './backoff.ts';
import type { Backoff } from './mapping.ts';
import type { PartitionFeed, Progress } from './partition-feed.ts';

export interface CommitRequest {
  readonly commitId: number;
  readonly offsets: readonly { readonly partition: number; readonly offset: number }[];
}

/**
 * Commits that are due and under way. Of one partition there is one under way at most, so that a late answer cannot
 * take the group back; what becomes due meanwhile goes with the next.
 */
export class Commits {
  readonly #due = new Map<PartitionFeed, Progress>();
  readonly #underWay = new Map<number, ReadonlyMap<PartitionFeed, Progress>>();
  #notBefore = 0 as EpochMs;
  #failures = 0;
  #lastId = 0;

  /** Nothing is due or under way. */
  get settled(): boolean {
    return this.#due.size === 0 && this.#underWay.size === 0;
  }

  /** When a commit that failed is due again; `undefined` where none is. */
  get wakeAt(): EpochMs | undefined {
    return this.#due.size > 0 ? this.#notBefore : undefined;
  }

  add(feed: PartitionFeed, { offset, events }: Progress): void {
    const before = this.#due.get(feed);
    this.#due.set(feed, {
      offset: Math.max(offset, before?.offset ?? 0),
      events: events + (before?.events ?? 0),
    });
  }

  /** Everything that is due and whose partition has no commit under way. */
  next(now: EpochMs): CommitRequest | undefined {
    if (now < this.#notBefore) return undefined;
    const busy = new Set([...this.#underWay.values()].flatMap((commit) => [...commit.keys()]));
    const commit = new Map([...this.#due].filter(([feed]) => !busy.has(feed)));
    if (commit.size === 0) return undefined;
    for (const feed of commit.keys()) this.#due.delete(feed);
    const commitId = ++this.#lastId;
    this.#underWay.set(commitId, commit);
    const offsets = [...commit].map(([{ partition }, { offset }]) => ({ partition, offset }));
    return { commitId, offsets };
  }

  /** @returns how many events are committed by it */
  acknowledged(commitId: number): number {
    const commit = this.#underWay.get(commitId);
    if (commit === undefined) return 0;
    this.#underWay.delete(commitId);
    this.#failures = 0;
    return [...commit.values()].reduce((sum, { events }) => sum + events, 0);
  }

  /** @returns whether it was under way */
  failed(commitId: number, now: EpochMs, backoff: Backoff): boolean {
    const commit = this.#underWay.get(commitId);
    if (commit === undefined) return false;
    this.#underWay.delete(commitId);
    this.#notBefore = retryAt(now, backoff, ++this.#failures);
    for (const [feed, progress] of commit) if (!feed.revoked) this.add(feed, progress);
    return true;
  }

  /** A partition that is no longer ours is not ours to commit. */
  forget(feed: PartitionFeed): void {
    this.#due.delete(feed);
  }

  /** Gives up what is due but not under way. */
  forgetDue(): void {
    this.#due.clear();
    this.#notBefore = 0 as EpochMs;
  }
}
