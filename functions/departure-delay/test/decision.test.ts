import { describe, expect, it } from 'vitest';
import type { LogisticAnswer } from '../../../lib/adapters/logistic.ts';
import { suppress } from '../../../lib/core/stages/action.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { validatorsOf } from '../../../lib/runtime/validators.ts';
import { action } from '../action.ts';
import { contract } from '../contract.ts';
import { decisionOf } from '../decision.ts';
import { inference } from '../inference.ts';
import type { Decision, FeatureVector } from '../schemas.ts';
import { vector } from './flights.ts';

const { decision: ofSchema } = validatorsOf(contract.resolved);

const answer = (changes: Partial<LogisticAnswer> = {}): LogisticAnswer => ({
  score: 0.5,
  threshold: 0.35,
  contributions: [],
  outsideTraining: [],
  ...changes,
});

const decide = (of: FeatureVector, changes?: Partial<LogisticAnswer>): Decision => {
  const decision = decisionOf({ ...answer(changes), vector: of }, '1.0.0');
  expect(ofSchema(decision)).toEqual([]);
  return decision;
};

/** The whole stage, with the model that is committed. */
const infer = async (of: FeatureVector): Promise<Decision> => {
  const call = { signal: new AbortController().signal, deadline: epochMsOf(0), trace: undefined };
  const { answer: answered } = await inference.model.infer(of, call);
  return inference.decide({ ...answered, vector: of }) as Decision;
};

describe('a decision', () => {
  it('carries who, what and by which model', () => {
    expect(decide(vector())).toEqual({
      flight: 'UA100',
      carrier: 'UA',
      origin: 'EWR',
      destination: 'ORD',
      scheduledDeparture: '2013-01-10T22:00:00.000Z',
      score: 0.5,
      warn: true,
      reasons: [],
      flags: [],
      modelVersion: '1.0.0',
    });
  });

  it.each([
    [0.349_94, 0.3499, false],
    [0.349_96, 0.35, true],
    [0.35, 0.35, true],
  ])('of a score of %f is shown and decided as %f', (score, shown, warn) => {
    expect(decide(vector(), { score })).toMatchObject({ score: shown, warn });
  });

  it('flags weather that is missing or stale, and what training never saw', () => {
    expect(decide(vector({ weather: { status: 'missing' } })).flags).toEqual(['weather:missing']);
    const stale = {
      status: 'stale',
      ageMin: 200,
      visibilityMi: 10,
      precipitationIn: 0,
      windSpeedMph: 5,
    } as const;
    expect(decide(vector({ weather: stale }), { outsideTraining: ['overdueFlights'] }).flags).toEqual([
      'weather:stale',
      'outside-training:overdueFlights',
    ]);
  });
});

describe('reasons', () => {
  const contribution = (name: string, logOdds: number) => ({ name, value: 1, logOdds });
  const reasonsOf = (contributions: LogisticAnswer['contributions'], of = vector()): readonly string[] =>
    decide(of, { contributions }).reasons;

  it('are the strongest three, in words with their values', () => {
    expect(
      reasonsOf([
        contribution('overdueFlights', 0.4),
        contribution('delayCarrierMin', 0.9),
        contribution('visibilityMi', 0.6),
        contribution('delayShortMin', 0.3),
      ]),
    ).toEqual([
      'UA runs 60 min late at EWR',
      'visibility 1.5 mi, rain 0.02 in, wind 18 mph',
      '12 flights are past schedule and not gone from EWR',
    ]);
  });

  it('are one where the model sees several numbers of one thing', () => {
    expect(
      reasonsOf([
        contribution('dayHour', 1.5),
        contribution('dayHourSquared', -1.2),
        contribution('delayShortMin', 0.1),
        contribution('delayLongMin', 0.1),
        contribution('distanceMi', 0.06),
      ]),
    ).toEqual([
      'the time of day, 22:00 UTC',
      'departures from EWR run 40 min late now, 20 min late over hours',
      'a flight of 719 mi',
    ]);
  });

  it('leave out what lowers the score or hardly moves it', () => {
    expect(
      reasonsOf([
        contribution('overdueFlights', 0.04),
        contribution('delayCarrierMin', -2),
        contribution('dayHour', 1),
        contribution('dayHourSquared', -1),
      ]),
    ).toEqual([]);
  });

  it('speak of one flight, of early departures and of no weather as one would', () => {
    const of = vector({ overdueFlights: 1, delayCarrierMin: -4.2, weather: { status: 'missing' } });
    expect(
      reasonsOf(
        [
          contribution('overdueFlights', 0.3),
          contribution('delayCarrierMin', 0.2),
          contribution('weatherMissing', 0.1),
        ],
        of,
      ),
    ).toEqual([
      '1 flight is past schedule and not gone from EWR',
      'UA runs 4 min early at EWR',
      'no weather report',
    ]);
  });
});

describe('the inference stage', () => {
  it('warns of a bad evening and not of a good morning, and says why', async () => {
    const evening = await infer(vector());
    expect(evening.warn).toBe(true);
    expect(evening.reasons[0]).toBe('UA runs 60 min late at EWR');
    expect(evening.flags).toEqual([]);
    const clear = { status: 'fresh', visibilityMi: 10, precipitationIn: 0, windSpeedMph: 4 } as const;
    const morning = await infer(
      vector({
        dayHour: 2,
        delayShortMin: -2,
        delayLongMin: -1,
        delayCarrierMin: -3,
        overdueFlights: 0,
        weather: clear,
      }),
    );
    expect(morning.warn).toBe(false);
    expect(morning.score).toBeLessThan(0.05);
  });

  it('scores without weather, near to where it would be with it, and flags it', async () => {
    const [with_, without] = await Promise.all([
      infer(vector()),
      infer(vector({ weather: { status: 'missing' } })),
    ]);
    expect(without.flags).toEqual(['weather:missing']);
    expect(Math.abs(without.score - with_.score)).toBeLessThan(0.15);
    expect(without.score).not.toBe(with_.score);
  });

  it('flags what is beyond training, and does not extrapolate', async () => {
    const [far, further] = await Promise.all([
      infer(vector({ overdueFlights: 60 })),
      infer(vector({ overdueFlights: 100 })),
    ]);
    expect(far.flags).toEqual(['outside-training:overdueFlights']);
    expect(further.score).toBe(far.score);
  });
});

describe('the action', () => {
  it('warns with what the decision says', () => {
    const { warn, ...warning } = decide(vector());
    expect(warn).toBe(true);
    expect(action.request(decide(vector()))).toEqual({ method: 'POST', path: '/warnings', body: warning });
  });

  it('says nothing below the threshold', () => {
    expect(action.request(decide(vector(), { score: 0.1 }))).toEqual(suppress('below-threshold'));
  });

  it('asks the deployment where to warn', () => {
    expect(action.via.params.map(({ name }) => name)).toEqual(['WARNINGS_URL']);
  });
});
