import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../support/evidence.ts';
import { findingText, findingsOf } from '../../support/evidence-checker.ts';

const ids = ['a1', 'b1', 'a2', 'b2', 'a3'] as const;

/** Five events of two entities: all decided, three acted on, one of them a dead letter beforehand. */
const good = (): Evidence => {
  const entityOf = (id: string): string => (['b1', 'b2'].includes(id) ? 'ben' : 'ada');
  const acting = ['a1', 'b1', 'a3'];
  return {
    policy: 'keyed',
    sent: [
      ...ids.map((id) => ({
        id,
        entity: entityOf(id),
        wanted: acting.includes(id) ? ('effect' as const) : ('decision' as const),
        isAcked: true,
      })),
      { id: 'broken', entity: 'ada', wanted: 'letter', isAcked: true },
      { id: 'unacked', entity: 'ben', wanted: 'effect', isAcked: false },
    ],
    logged: [...ids, 'broken'].map((id, index) => ({
      id,
      entity: entityOf(id),
      partition: id.startsWith('b1') || id === 'b2' ? 1 : 0,
      offset: index,
      appendedAt: 1_000 + index,
    })),
    decisions: ids.map((event) => ({ event, value: `of ${event}`, position: Number(event.slice(1)) })),
    outcomes: ids.map((event) => ({ event })),
    requests: acting.map((event) => ({ event, key: `key ${event}`, body: event, isEffect: true })),
    letters: [{ event: 'broken', stage: 'features', reason: 'schema' }],
    rows: new Map([
      ['ada', 3],
      ['ben', 2],
    ]),
    commits: [{ stage: 'features', partition: 0, committed: 6, end: 6 }],
    openKeys: new Map([['action', 0]]),
  };
};

type Change = (evidence: Evidence) => Partial<Evidence>;
const without =
  (name: 'logged' | 'decisions' | 'outcomes' | 'requests' | 'letters', event: string): Change =>
  (evidence) => ({
    [name]: evidence[name].filter((one) => ('event' in one ? one.event : one.id) !== event),
  });

/** Kinds and ids that the checker finds once the good run is changed. */
const found = (change: Change): readonly string[] => {
  const evidence = good();
  return findingsOf({ ...evidence, ...change(evidence) }).map((each) => `${each.kind} ${each.ids.join(' ')}`);
};

describe('the checker', () => {
  it('finds nothing in a good run', () => {
    expect(found(() => ({}))).toEqual([]);
  });

  it('does not hold against a run what is emitted, sent or answered again, or what was never acknowledged', () => {
    expect(
      found(({ decisions, outcomes, requests, logged }) => ({
        decisions: [...decisions, ...decisions],
        outcomes: [...outcomes, ...outcomes],
        requests: [...requests, ...requests.map((request) => ({ ...request, isEffect: false }))],
        logged: [...logged, ...logged.map((event) => ({ ...event, appendedAt: 9_000 }))],
      })),
    ).toEqual([]);
  });

  it.each<readonly [string, Change, readonly string[]]>([
    [
      'an event that was acknowledged and is not in the log',
      ({ sent }) => ({ sent: [...sent, { id: 'a9', entity: 'ada', wanted: 'decision', isAcked: true }] }),
      ['lost a9'],
    ],
    [
      'an event without a decision',
      (evidence) => ({ ...without('decisions', 'a2')(evidence), ...without('outcomes', 'a2')(evidence) }),
      ['lost a2'],
    ],
    ['a broken event without a dead letter', without('letters', 'broken'), ['lost broken']],
    [
      'a dead letter of an event that has nothing wrong with it',
      ({ letters }) => ({ letters: [...letters, { event: 'a1', stage: 'action', reason: 'gave-up' }] }),
      ['lost a1'],
    ],
    ['a decision without its effect', without('requests', 'b1'), ['lost b1']],
    ['a decision without its outcome', without('outcomes', 'b2'), ['lost b2']],
    [
      'a row that misses an event',
      () => ({
        rows: new Map([
          ['ada', 3],
          ['ben', 1],
        ]),
      }),
      ['lost ben'],
    ],
    [
      'an unacknowledged event that is in the log and was not processed',
      ({ logged, rows }) => ({
        logged: [...logged, { id: 'unacked', entity: 'ben', partition: 1, offset: 6, appendedAt: 1_006 }],
        rows: new Map(rows).set('ben', 3),
      }),
      ['lost unacked'],
    ],
    [
      'an effect that was had twice',
      ({ requests }) => ({ requests: [...requests, ...requests.slice(0, 1)] }),
      ['duplicate a1'],
    ],
    [
      'a decision that was made anew',
      ({ decisions }) => ({ decisions: [...decisions, { event: 'b2', value: 'another', position: 2 }] }),
      ['duplicate b2'],
    ],
    [
      'a request that was made anew',
      ({ requests }) => ({
        requests: [...requests, { event: 'a3', key: 'key a3', body: 'another', isEffect: false }],
      }),
      ['duplicate a3'],
    ],
    [
      'a second request of an at-most-once effect',
      ({ requests }) => ({
        policy: 'at-most-once',
        requests: [...requests, ...requests.slice(2).map((request) => ({ ...request, isEffect: false }))],
      }),
      ['duplicate a3'],
    ],
    [
      'an event that was folded twice',
      () => ({
        rows: new Map([
          ['ada', 4],
          ['ben', 2],
        ]),
      }),
      ['duplicate ada'],
    ],
    [
      'a decision about nothing',
      ({ decisions }) => ({ decisions: [...decisions, { event: 'x', value: 'x', position: 1 }] }),
      ['phantom x'],
    ],
    [
      'an event that nobody sent',
      ({ sent }) => ({ sent: sent.filter(({ id }) => id !== 'b2') }),
      ['phantom b2'],
    ],
    [
      'an effect that nobody decided',
      ({ requests }) => ({
        requests: [...requests, { event: 'a2', key: 'key a2', body: 'a2', isEffect: true }],
      }),
      ['phantom a2'],
    ],
    [
      'a commit beyond the log',
      ({ commits }) => ({ commits: [...commits, { stage: 'action', partition: 2, committed: 3, end: 2 }] }),
      ['phantom action/2'],
    ],
    [
      'events that were folded in another order',
      ({ decisions }) => ({
        decisions: decisions.map((one) => {
          if (one.event === 'a1') return { ...one, position: 2 };
          return one.event === 'a2' ? { ...one, position: 1 } : one;
        }),
      }),
      ['reordered a1 a2'],
    ],
    [
      'a partition that is not processed to its end',
      ({ commits }) => ({ commits: commits.map((commit) => ({ ...commit, committed: 5 })) }),
      ['stuck features/0'],
    ],
    ['a key that is half done', () => ({ openKeys: new Map([['action', 2]]) }), ['stuck action (2)']],
  ])('finds %s', (_, change, expected) => {
    expect(found(change)).toEqual(expected);
  });

  it('takes a doubt for an answer where the effect is at-most-once, and only there', () => {
    const doubtful = (policy: Evidence['policy']): readonly string[] =>
      found((evidence) => ({
        policy,
        ...without('requests', 'b1')(evidence),
        letters: [...evidence.letters, { event: 'b1', stage: 'action', reason: 'unknown-outcome' }],
      }));
    expect([doubtful('at-most-once'), doubtful('keyed')]).toEqual([[], ['lost b1']]);
  });

  it('knows that what a later stage stumbled over was folded', () => {
    const letters = [{ event: 'broken', stage: 'inference', reason: 'gave-up' }];
    const rows = new Map([
      ['ada', 4],
      ['ben', 2],
    ]);
    expect(found(() => ({ letters, rows }))).toEqual([]);
    expect(found(() => ({ letters }))).toEqual(['lost ada']);
  });

  it('says what it found in a line, with some of the ids', () => {
    const many = Array.from({ length: 7 }, (_, index) => `e${index}`);
    expect(findingText({ kind: 'lost', what: 'gone', ids: many })).toBe(
      'lost: gone: e0, e1, e2, e3, e4 and 2 more',
    );
  });
});
