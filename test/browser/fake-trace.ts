import type { PageTrace } from '../../lib/local/page/protocol/page-state.ts';
import { fakeStartedAt, fakeTimes, fakeTopics } from './fake-run.ts';

const hop = (scale: number) => fakeTimes(5, scale);

export const fakeTrace = (correlation: string, withPayload: boolean): PageTrace => {
  const at = fakeStartedAt + 12_000;
  const payload = withPayload ? { flight: 'B6509', note: 'the-payload-of-the-step' } : null;
  return {
    correlation,
    steps: [
      {
        kind: 'event',
        title: 'boarding',
        where: `${fakeTopics.source}/2/4711`,
        at,
        sincePreviousMs: null,
        segmentsMs: null,
        verdict: null,
        payload,
      },
      {
        kind: 'row',
        title: 'row EWR, version 812',
        where: 'rows EWR',
        at: at + 22,
        sincePreviousMs: 22,
        segmentsMs: hop(0.1),
        verdict: 'done',
        payload,
      },
      {
        kind: 'context',
        title: 'weather, 42 min old',
        where: `${fakeTopics.weather}/0/88`,
        at: null,
        sincePreviousMs: null,
        segmentsMs: null,
        verdict: null,
        payload,
      },
      {
        kind: 'vector',
        title: 'vector',
        where: `${fakeTopics.vectors}/2/2301`,
        at: at + 28,
        sincePreviousMs: 6,
        segmentsMs: null,
        verdict: null,
        payload,
      },
      {
        kind: 'decision',
        title: 'warn, score 0.366',
        where: `${fakeTopics.decisions}/2/2301`,
        at: at + 41,
        sincePreviousMs: 13,
        segmentsMs: hop(0.2),
        verdict: 'done',
        payload,
      },
      {
        kind: 'effect',
        title: 'POST /warnings, answered 201',
        where: 'effects',
        at: at + 79,
        sincePreviousMs: 38,
        segmentsMs: hop(0.5),
        verdict: 'done',
        payload,
      },
      {
        kind: 'outcome',
        title: 'done',
        where: `${fakeTopics.outcomes}/2/2301`,
        at: at + 84,
        sincePreviousMs: 5,
        segmentsMs: null,
        verdict: null,
        payload,
      },
    ],
    missing: correlation.includes('failed') ? ['action gave it up: refused'] : [],
    isFinal: !correlation.includes('under-way'),
  };
};
