import type { ResolvedContract } from '../../core/contract/resolved.ts';
import type { Journal } from './journal.ts';
import type { Redriven } from './operator.ts';
import type { Published } from './publishing.ts';
import type { Subject } from './subject.ts';
import type { World } from './world.ts';

/** What a run came to. */
export interface Ran {
  readonly subject: Subject;
  readonly contract: ResolvedContract;
  readonly world: World;
  readonly journal: Journal;
  readonly published: readonly Published[];
  readonly redriven: readonly Redriven[];
  /** Entries of the journal before finished keys were replayed; all of them where they were not. */
  readonly replayedFrom: number | undefined;
  /** Whether everything came to rest. */
  readonly isSettled: boolean;
}
