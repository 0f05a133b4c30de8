import { describe, expect, it } from 'vitest';
import type { ContextView } from '../../../lib/core/stages/features.ts';
import { validatorsOf } from '../../../lib/runtime/validators.ts';
import { emptyBoard, withDelay, withWaiting } from '../board.ts';
import { contract } from '../contract.ts';
import { features } from '../features.ts';
import type { Weather } from '../schemas.ts';
import { vectorOf } from '../vector.ts';
import { boarding, frozen, recorded, weather } from './flights.ts';

const fresh: ContextView<Weather> = { status: 'fresh', value: weather(), ageMs: 0 };
const { vector: ofSchema } = validatorsOf(contract.resolved);

describe('a vector', () => {
  it('says what the board, the flight and the weather said', () => {
    const board = frozen(
      withWaiting(
        withDelay(withWaiting(emptyBoard, boarding('overdue', 40)), recorded('gone', 0, 60)),
        boarding('a', 90),
      ),
    );
    expect(vectorOf(board, boarding('a', 90), fresh)).toEqual({
      flight: 'a',
      carrier: 'UA',
      origin: 'EWR',
      destination: 'ORD',
      scheduledDeparture: '2013-01-10T13:30:00.000Z',
      delayShortMin: 30,
      delayLongMin: 30,
      delayCarrierMin: 30,
      overdueFlights: 1,
      dayHour: 4.5,
      distanceMi: 719,
      weather: { status: 'fresh', visibilityMi: 1.5, precipitationIn: 0.02, windSpeedMph: 18.4 },
    });
  });

  it('counts hours from the beginning of the operating day, over midnight UTC', () => {
    const hourOf = (scheduledDeparture: string): number =>
      vectorOf(emptyBoard, boarding('a', 0, { scheduledDeparture }), fresh).dayHour;
    expect(
      ['2013-01-10T09:00:00Z', '2013-01-10T23:59:00Z', '2013-01-11T01:30:00Z', '2013-01-11T08:59:00Z'].map(
        hourOf,
      ),
    ).toEqual([0, 14.98, 16.5, 23.98]);
  });

  it('of a new board says that no delay is known', () => {
    const vector = vectorOf(emptyBoard, boarding('a', 90), fresh);
    expect([
      vector.delayShortMin,
      vector.delayLongMin,
      vector.delayCarrierMin,
      vector.overdueFlights,
    ]).toEqual([0, 0, 0, 0]);
    expect(ofSchema(vector)).toEqual([]);
  });
});

describe('its weather', () => {
  const seen = (view: ContextView<Weather>): unknown => {
    const vector = vectorOf(emptyBoard, boarding('a', 90), view);
    expect(ofSchema(vector)).toEqual([]);
    return vector.weather;
  };

  it('is flagged where it is stale, with its age', () => {
    expect(seen({ status: 'stale', value: weather(), ageMs: 3 * 3_600_000 })).toEqual({
      status: 'stale',
      ageMin: 180,
      visibilityMi: 1.5,
      precipitationIn: 0.02,
      windSpeedMph: 18.4,
    });
  });

  it('is missing where there is none: no number stands for it', () => {
    expect(seen({ status: 'missing' })).toEqual({ status: 'missing' });
  });

  it.each(['visibilityMi', 'precipitationIn', 'windSpeedMph'] as const)(
    'is missing where the station did not measure %s',
    (measure) => {
      expect(seen({ status: 'fresh', value: weather({ [measure]: null }), ageMs: 0 })).toEqual({
        status: 'missing',
      });
    },
  );

  it('needs neither temperature nor gusts', () => {
    const value = weather({ temperatureF: null, windGustMph: null });
    expect(seen({ status: 'fresh', value, ageMs: 0 })).toMatchObject({ status: 'fresh' });
  });
});

describe('the features stage', () => {
  it('emits at boarding, of the board after it, and never when a flight left', () => {
    expect(features.on['recorded']?.emit).toBeUndefined();
    const event = boarding('a', 90);
    const state = features.on['boarding']?.fold(features.initial, event);
    expect(state).toEqual(withWaiting(emptyBoard, event));
    expect(features.on['boarding']?.emit?.({ state, event, context: { weather: fresh } })).toEqual(
      vectorOf(withWaiting(emptyBoard, event), event, fresh),
    );
  });
});
