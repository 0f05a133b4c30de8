/** What became of a record in a stage. Closed: every switch over it is exhaustive. */
export type Verdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'state-only' }
  | { readonly kind: 'suppressed'; readonly reason: string }
  | { readonly kind: 'dead-lettered'; readonly reason: string }
  | { readonly kind: 'in-doubt' }
  | { readonly kind: 'ignored'; readonly type: string }
  /** Behind the fence: a duplicate. */
  | { readonly kind: 'fenced' }
  | { readonly kind: 'mapping-gave-up' }
  /** Not settled: it will be delivered again. */
  | { readonly kind: 'retry'; readonly cause: RetryCause };

/** Why a record is not settled yet. */
export type RetryCause =
  | 'in-flight'
  | 'paused'
  | 'limited'
  | 'transient'
  | 'not-produced'
  | 'store-unavailable'
  | 'registry-unavailable'
  | 'behind-unsettled'
  | 'no-time-left';

export type VerdictKind = Verdict['kind'];
export type SettledVerdict = Exclude<Verdict, { kind: 'retry' }>;

export const isSettled = (verdict: Verdict): verdict is SettledVerdict => verdict.kind !== 'retry';

/** `kind` or `kind(detail)`, as written in reports. */
export const verdictLabel = (verdict: Verdict): string => {
  switch (verdict.kind) {
    case 'suppressed':
    case 'dead-lettered':
      return `${verdict.kind}(${verdict.reason})`;
    case 'ignored':
      return `ignored(${verdict.type})`;
    case 'retry':
      return `retry(${verdict.cause})`;
    case 'done':
    case 'state-only':
    case 'in-doubt':
    case 'fenced':
    case 'mapping-gave-up':
      return verdict.kind;
  }
};

/**
 * The verdict of a coordinate after one more delivery: the latest other than `retry`; `fenced` only where there is no other.
 *
 * @param known - the verdict so far, `undefined` at the first delivery
 * @param next - what the new delivery said
 */
export const laterVerdict = (known: Verdict | undefined, next: Verdict): Verdict => {
  if (known === undefined || !isSettled(known)) return next;
  if (!isSettled(next)) return known;
  return next.kind === 'fenced' ? known : next;
};
