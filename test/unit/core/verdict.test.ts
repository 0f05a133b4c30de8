import { describe, expect, it } from 'vitest';
import { isSettled, laterVerdict, verdictLabel, type Verdict } from '../../../lib/core/verdict.ts';

const all: readonly (readonly [string, Verdict])[] = [
  ['done', { kind: 'done' }],
  ['state-only', { kind: 'state-only' }],
  ['suppressed(late)', { kind: 'suppressed', reason: 'late' }],
  ['dead-lettered(schema)', { kind: 'dead-lettered', reason: 'schema' }],
  ['in-doubt', { kind: 'in-doubt' }],
  ['ignored(painted)', { kind: 'ignored', type: 'painted' }],
  ['fenced', { kind: 'fenced' }],
  ['mapping-gave-up', { kind: 'mapping-gave-up' }],
  ['retry(paused)', { kind: 'retry', cause: 'paused' }],
];

const named = new Map(all);
const verdict = (label: string): Verdict => {
  const found = named.get(label);
  if (!found) throw new Error(`no verdict ${label}`);
  return found;
};

describe('a verdict', () => {
  it.each(all)('%s is written so, and settled unless it is a retry', (label, value) => {
    expect(verdictLabel(value)).toBe(label);
    expect(isSettled(value)).toBe(value.kind !== 'retry');
  });

  it.each(all)('of the first delivery counts: %s', (_, first) => {
    expect(laterVerdict(undefined, first)).toBe(first);
  });

  it.each(all)('%s is replaced by the latest that is neither a retry nor a fence', (_, known) => {
    for (const [label, next] of all) {
      const replaces = !isSettled(known) || (isSettled(next) && next.kind !== 'fenced');
      expect([label, laterVerdict(known, next)]).toEqual([label, replaces ? next : known]);
    }
  });

  it('is fenced only where there is no other', () => {
    const history = (...labels: readonly string[]) =>
      labels.reduce<Verdict | undefined>((known, label) => laterVerdict(known, verdict(label)), undefined);
    expect(history('retry(paused)', 'fenced', 'retry(paused)')).toEqual({ kind: 'fenced' });
    expect(history('retry(paused)', 'done', 'fenced')).toEqual({ kind: 'done' });
    expect(history('fenced', 'done')).toEqual({ kind: 'done' });
    expect(history('dead-lettered(schema)', 'done')).toEqual({ kind: 'done' });
  });
});
