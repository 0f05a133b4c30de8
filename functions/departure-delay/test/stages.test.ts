/** The stages as they run: through the real core, and again under every way in which records may be delivered. */
import { describe, expect, it } from 'vitest';
import { minutes } from '../../../lib/core/units.ts';
import { event } from '../../../lib/testing/event.ts';
import { fakeTransport } from '../../../lib/testing/fake-transport.ts';
import { given } from '../../../lib/testing/given.ts';
import { action } from '../action.ts';
import { emptyBoard, withDelay } from '../board.ts';
import { features } from '../features.ts';
import { inference } from '../inference.ts';
import { at, boarding, recorded, vector, weather } from './flights.ts';

const storm = weather({ observed: at(60) });
const calm = weather({ observed: at(0), visibilityMi: 10, precipitationIn: 0, windSpeedMph: 4 });

describe('features', () => {
  it('keep one board for each airport, and emit at boarding alone', async () => {
    const { rows, vectors, verdicts } = await given(features)
      .context('weather', calm, storm)
      .events(
        event('boarding', boarding('UA1', 90)),
        event('recorded', recorded('UA1', 90, 45)),
        event('boarding', boarding('DL2', 150, { origin: 'JFK', carrier: 'DL' })),
        event('boarding', boarding('UA3', 180)),
      );
    expect(verdicts).toEqual(['done', 'state-only', 'done', 'done']);
    expect(vectors).toMatchObject([
      { flight: 'UA1', delayShortMin: 0, weather: { status: 'fresh', visibilityMi: 1.5 } },
      { flight: 'UA3', overdueFlights: 0, weather: { status: 'fresh', visibilityMi: 1.5 } },
      { flight: 'DL2', delayShortMin: 0, weather: { status: 'missing' } },
    ]);
    expect(vectors[1]?.delayShortMin).toBeGreaterThan(10);
    expect(Object.keys(rows).toSorted()).toEqual(['EWR', 'JFK']);
    expect(rows['EWR']?.waiting.map(({ id }) => id)).toEqual(['UA3']);
  });

  it('go on from the board that is there, and see no weather of the future', async () => {
    const { vectors } = await given(features)
      .row('EWR', withDelay(emptyBoard, recorded('gone', 60, 90)))
      .context('weather', calm, storm)
      .events(event('boarding', boarding('UA1', 80)));
    expect(vectors).toMatchObject([{ flight: 'UA1', weather: { visibilityMi: 10 } }]);
    expect(vectors[0]?.delayCarrierMin).toBeGreaterThan(10);
  });
});

describe('the chain', () => {
  it('warns of a flight out of a bad evening, once, with its reasons', async () => {
    const { decisions, emissions } = await given(inference).vectors(vector());
    expect(decisions).toMatchObject([{ warn: true, flight: 'UA100' }]);
    const { effects, outcomes } = await given(action).decisions(...emissions);
    expect(effects).toMatchObject([
      { sends: 1, request: { path: '/warnings', body: { flight: 'UA100', reasons: decisions[0]?.reasons } } },
    ]);
    expect(outcomes).toMatchObject([{ status: 'done' }]);
  });

  it('sends the same warning again until it is heard, and none when it is late', async () => {
    const { decisions } = await given(inference).vectors(vector());
    const transport = fakeTransport((_, attempt) =>
      attempt < 3
        ? { kind: 'unknown', detail: '503', retryAfterMs: undefined }
        : { kind: 'done', evidence: '201' },
    );
    const heard = await given(action, { transport }).decisions(...decisions);
    expect(heard).toMatchObject({ verdicts: ['done'], effects: [{ sends: 3 }] });
    const late = await given(action)
      .after(minutes(2))
      .decisions(...decisions);
    expect(late).toMatchObject({ verdicts: ['suppressed(late)'], effects: [] });
  });
});
