import type { PageEffects, PageLetters } from '../../lib/local/page/protocol/page-state.ts';
import { fakeStartedAt, fakeTopics } from './fake-run.ts';

const letters: PageLetters['letters'] = [
  {
    id: `${fakeTopics.source}.dlq/1/0`,
    stage: 'features',
    reason: 'schema-mismatch',
    at: fakeStartedAt + 9_000,
    detail: 'scheduledDeparture must be a date-time, got a string of 3 characters',
    standing: 'stands; the row goes on without it',
  },
  {
    id: `${fakeTopics.source}.dlq/4/0`,
    stage: 'features',
    reason: 'undecodable',
    at: fakeStartedAt + 7_000,
    detail: 'the value is no JSON: unexpected end at byte 12',
    standing: 'stands',
  },
];

export const fakeRedriveCommand =
  'npx freshet dlq redrive all departure-delay --functions a/folder/of/functions --state the/way/to/the/state/folder/of/this/run';

export const fakeLetters: PageLetters = { letters, total: letters.length, hasCopies: false };

const effects: PageEffects['effects'] = [
  {
    key: '/new-york/departures#B6509-EWR-20130101T2100Z/boarding',
    state: 'IN_DOUBT',
    at: fakeStartedAt + 8_000,
    attempts: 1,
    note: 'the worker ended while the request was out',
  },
];

export const fakeEffects: PageEffects = { effects, total: effects.length };
