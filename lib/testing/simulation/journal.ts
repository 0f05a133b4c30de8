import type { StageName } from '../../core/contract/resolved.ts';
import type { LedgerItem } from '../../core/ledger/item.ts';
import type { TransitionName } from '../../core/ledger/transitions.ts';
import type { LoggedRecord } from '../../core/ports/event-log.ts';
import type { Observation } from '../../core/ports/stores.ts';
import type { Coordinates } from '../../core/record.ts';
import type { Verdict } from '../../core/verdict.ts';

/** What happened, as the outside could have seen it. The checker knows nothing else. */
export type Entry = { readonly seq: number; readonly actor: string } & (
  | { readonly kind: 'appended'; readonly topicId: string; readonly record: LoggedRecord }
  | {
      readonly kind: 'verdict';
      readonly stage: StageName;
      readonly at: Coordinates;
      readonly verdict: Verdict;
    }
  | {
      readonly kind: 'committed';
      readonly stage: StageName;
      readonly topicId: string;
      readonly partition: number;
      readonly offset: number;
    }
  /** A mapping gave these to a worker. */
  | {
      readonly kind: 'invoked';
      readonly stage: StageName;
      /** Keys of their coordinates. */
      readonly batch: readonly string[];
    }
  /** A context's store has it. */
  | ({ readonly kind: 'observed' } & Pick<Observation, 'context' | 'key' | 'eventTime' | 'epoch' | 'offset'>)
  | { readonly kind: 'row'; readonly entity: string; readonly body: string }
  | {
      readonly kind: 'ledger';
      readonly store: 'claims' | 'effects';
      readonly key: string;
      readonly transition: TransitionName;
      readonly before: LedgerItem | undefined;
      readonly after: LedgerItem;
    }
  | { readonly kind: 'switch-read'; readonly paused: boolean }
  | { readonly kind: 'reserved'; readonly granted: number }
  | {
      readonly kind: 'request';
      readonly key: string;
      readonly body: string;
      /** Whether the downstream certainly did nothing, and said so. */
      readonly refused: boolean;
      readonly effect: boolean;
    }
  | { readonly kind: 'waited'; readonly ms: number }
  | { readonly kind: 'worked'; readonly what: string }
  /** What is none of core's own errors: a fault in the code, and never an answer to one outside. */
  | { readonly kind: 'threw'; readonly what: string }
  /** An item was written that points to an object which is not there. */
  | { readonly kind: 'dangling'; readonly key: string }
  | {
      readonly kind: 'responded';
      readonly stage: StageName;
      readonly unfinished: number;
      readonly leftMs: number;
    }
);

type Body<E> = E extends unknown ? Omit<E, 'seq' | 'actor'> : never;

type Of<Kind extends Entry['kind']> = Extract<Entry, { kind: Kind }>;

export class Journal {
  readonly entries: Entry[] = [];
  /** The same, by kind: the checks ask for one kind after the other. */
  readonly #byKind = new Map<Entry['kind'], Entry[]>();

  note(actor: string, body: Body<Entry>): void {
    const entry: Entry = { seq: this.entries.length, actor, ...body };
    this.entries.push(entry);
    const alike = this.#byKind.get(entry.kind);
    if (alike) alike.push(entry);
    else this.#byKind.set(entry.kind, [entry]);
  }

  of<Kind extends Entry['kind']>(kind: Kind): readonly Of<Kind>[] {
    return (this.#byKind.get(kind) ?? []) as Of<Kind>[];
  }
}
