import { describe, expect, it } from 'vitest';
import type { LoggedRecord } from '../../../../lib/core/ports/event-log.ts';
import { bytesOf } from '../../../../lib/core/record.ts';
import type { Recording } from '../../../../lib/core/recording.ts';
import { epochMsOf, type EpochMs } from '../../../../lib/core/units.ts';
import { DecisionFeed } from '../../../../lib/local/page/feed/decision-feed.ts';
import { mostDecisions } from '../../../../lib/local/page/protocol/page-bounds.ts';
import type { SeenDecision } from '../../../../lib/local/report/chain-follower.ts';

const record: LoggedRecord = {
  topic: 'decisions',
  partition: 0,
  offset: 0,
  timestamp: epochMsOf(1_000),
  timestampType: 'LOG_APPEND_TIME',
  key: bytesOf('north'),
  value: bytesOf('{}'),
  headers: [],
};

const decision = (index: number, changes: Partial<SeenDecision> = {}): SeenDecision => ({
  id: `d${index}`,
  correlation: `/bench#e${index}`,
  origin: `e${index}`,
  record,
  body: {},
  scored: { score: 0.5, acted: true },
  ...changes,
});

const feedOf = ({
  outcomes = {},
  knownAt = {},
  explain,
  now = { simulated: 0 },
}: {
  readonly outcomes?: Readonly<Record<string, boolean>>;
  readonly knownAt?: Readonly<Record<string, number>>;
  readonly explain?: Recording['explain'];
  readonly now?: { simulated: number };
}): DecisionFeed =>
  new DecisionFeed({
    recording: (explain === undefined ? {} : { explain }) as Recording,
    outcomes: new Map(Object.entries(outcomes)),
    knownAt: new Map(Object.entries(knownAt) as [string, EpochMs][]),
    vectors: undefined,
    knownUpTo: () => now.simulated,
  });

describe('decisions as they come', () => {
  it('remember no more than is shown, however many there are', async () => {
    const feed = feedOf({});
    for (let round = 0; round < 50; round += 1) {
      for (let index = 0; index < 2_000; index += 1) feed.decided(decision(round * 2_000 + index));
      const { decisions, skipped } = await feed.take();
      expect(decisions).toHaveLength(50);
      expect(skipped).toBe(1_950);
      expect(decisions.at(-1)?.id).toBe(`d${round * 2_000 + 1_999}`);
    }
    expect(feed.shown).toHaveLength(mostDecisions);
    expect(feed.shown.at(-1)?.id).toBe('d99999');
    for (let index = 0; index < 1_000; index += 1)
      feed.ended({ id: `d${index}`, status: 'done' } as Parameters<DecisionFeed['ended']>[0]);
    expect(feed.done).toHaveLength(200);
    expect(feed.done[0]).toBe('d999');
    expect(await feed.take()).toEqual({ decisions: [], skipped: 0 });
  });

  it('are judged when their outcome is known, and not before', async () => {
    const now = { simulated: 0 };
    const feed = feedOf({
      outcomes: { e1: true, e2: false, e3: true },
      knownAt: { e1: 100, e2: 200 },
      now,
    });
    for (const index of [1, 2, 3, 4]) feed.decided(decision(index));
    const { decisions } = await feed.take();
    // The third is known from the beginning on, of the fourth nothing ever will be.
    expect(decisions.map(({ outcome }) => outcome)).toEqual([null, null, true, null]);
    expect(feed.takeOutcomes()).toEqual([]);
    expect(feed.quality(4)).toMatchObject({ decisions: 4, judged: 1 });
    now.simulated = 150;
    expect(feed.takeOutcomes()).toEqual([{ id: 'd1', outcome: true }]);
    expect(feed.quality(4)).toMatchObject({ judged: 2 });
    now.simulated = 500;
    expect(feed.takeOutcomes()).toEqual([{ id: 'd2', outcome: false }]);
    expect(feed.takeOutcomes()).toEqual([]);
    expect(feed.quality(4)).toMatchObject({ judged: 3, precision: 2 / 3 });
    expect(feed.shown.map(({ outcome }) => outcome)).toEqual([true, false, true, null]);
  });

  it('have no score where the recording knows none', async () => {
    const feed = feedOf({ outcomes: { e1: true } });
    feed.decided(decision(1, { scored: undefined }));
    const { decisions } = await feed.take();
    expect(decisions).toMatchObject([{ score: null, acted: false, title: 'north' }]);
    expect(feed.quality(1)).toMatchObject({ decisions: 1, judged: 0 });
  });

  it('are shown where the recording cannot explain them', async () => {
    const feed = feedOf({
      explain: () => {
        throw new Error('no such member');
      },
    });
    feed.decided(decision(1, { record: { ...record, key: null } }));
    expect((await feed.take()).decisions).toMatchObject([
      { key: null, title: 'd1', why: ['recording.ts cannot explain it: no such member'] },
    ]);
  });
});
