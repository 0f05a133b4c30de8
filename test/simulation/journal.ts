import type { LedgerItem } from '../../lib/core/ledger/item.ts';
import type { TransitionName } from '../../lib/core/ledger/transitions.ts';
import type { LoggedRecord } from '../../lib/core/ports/event-log.ts';
import type { Coordinates } from '../../lib/core/record.ts';
import type { Verdict } from '../../lib/core/verdict.ts';

export type StageId = 'context-facts' | 'features' | 'inference' | 'action';

/** What happened, as the outside could have seen it. The checker knows nothing else. */
export type Entry = { readonly seq: number; readonly actor: string } & (
  | { readonly kind: 'appended'; readonly topicId: string; readonly record: LoggedRecord }
  | { readonly kind: 'verdict'; readonly stage: StageId; readonly at: Coordinates; readonly verdict: Verdict }
  | {
      readonly kind: 'committed';
      readonly stage: StageId;
      readonly topicId: string;
      readonly partition: number;
      readonly offset: number;
    }
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
  | {
      readonly kind: 'responded';
      readonly stage: StageId;
      readonly unfinished: number;
      readonly leftMs: number;
    }
);

type Body<E> = E extends unknown ? Omit<E, 'seq' | 'actor'> : never;

export class Journal {
  readonly entries: Entry[] = [];

  note(actor: string, entry: Body<Entry>): void {
    const seq = this.entries.length;
    this.entries.push({ seq, actor, ...entry });
  }

  of<Kind extends Entry['kind']>(kind: Kind): readonly Extract<Entry, { kind: Kind }>[] {
    return this.entries.filter((entry): entry is Extract<Entry, { kind: Kind }> => entry.kind === kind);
  }
}
