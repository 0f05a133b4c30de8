import { describe, expect, it } from 'vitest';
import { compileSchema, plainSchema } from '../../../lib/adapters/schemas/schema-compiler.ts';
import type { LogisticAnswer } from '../../../lib/adapters/logistic.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { validatorsOf } from '../../../lib/runtime/validators.ts';
import { contract } from '../contract.ts';
import { inference } from '../inference.ts';
import { recording } from '../recording.ts';
import { vector } from './flights.ts';

const line = {
  id: 'UA1545-EWR-20130101T1015Z',
  carrier: 'UA',
  flight: 1545,
  aircraft: 'N14228',
  origin: 'EWR',
  destination: 'IAH',
  scheduledDeparture: '2013-01-01T10:15:00Z',
  departure: '2013-01-01T10:17:00Z',
  departureDelayMin: 2,
  distanceMi: 1400,
};
const cancelled = { ...line, departure: null, departureDelayMin: null };
const observation = {
  station: 'EWR',
  observed: '2013-01-01T06:00:00Z',
  temperatureF: 39.02,
  windSpeedMph: 10.4,
  windGustMph: null,
  precipitationIn: 0,
  visibilityMi: 10,
};

const filesOf = (kind: string) => {
  const files = recording.files[kind];
  if (!files) throw new Error(`no files of ${kind}`);
  return files;
};
const departures = filesOf('departures');
const weather = filesOf('weather');

describe('a line of departures', () => {
  it('boards half an hour before schedule, knowing nothing, and is recorded when it left', () => {
    const known = {
      id: line.id,
      carrier: 'UA',
      flight: 1545,
      origin: 'EWR',
      destination: 'IAH',
      scheduledDeparture: '2013-01-01T10:15:00Z',
    };
    expect(departures.events(line)).toEqual([
      {
        to: 'source',
        type: 'boarding',
        id: 'UA1545-EWR-20130101T1015Z/boarding',
        at: Date.parse('2013-01-01T09:45:00Z'),
        rank: 0,
        data: { ...known, at: '2013-01-01T09:45:00.000Z', aircraft: 'N14228', distanceMi: 1400 },
      },
      {
        to: 'source',
        type: 'recorded',
        id: 'UA1545-EWR-20130101T1015Z/recorded',
        at: Date.parse('2013-01-01T10:17:00Z'),
        rank: 1,
        data: {
          ...known,
          at: '2013-01-01T10:17:00Z',
          departure: '2013-01-01T10:17:00Z',
          departureDelayMin: 2,
        },
      },
    ]);
  });

  it('only boards where the flight was cancelled, and has no outcome', () => {
    expect(departures.events(cancelled).map(({ type }) => type)).toEqual(['boarding']);
    expect(departures.outcomes?.(cancelled)).toEqual([]);
  });

  it('boards before it leaves, also at the same instant', () => {
    const [boards, leaves] = departures.events({
      ...line,
      departure: '2013-01-01T09:45:00Z',
      departureDelayMin: -30,
    });
    expect(boards?.at).toBe(leaves?.at);
    expect(boards?.rank).toBeLessThan(leaves?.rank ?? 0);
  });

  it.each([
    [29, false],
    [30, true],
    [-5, false],
  ])('left %i min late: %s', (departureDelayMin, positive) => {
    expect(departures.outcomes?.({ ...line, departureDelayMin })).toEqual([
      { id: departures.events(line)[0]?.id, positive, at: Date.parse(line.departure) },
    ]);
  });

  it('gives events that the contract takes', () => {
    const { source } = validatorsOf(contract.resolved);
    for (const given of [line, cancelled, { ...line, aircraft: null }])
      for (const { type, data } of departures.events(given)) expect(source[type]?.(data)).toEqual([]);
  });
});

describe('a boarding in the contract', () => {
  const { source } = validatorsOf(contract.resolved);
  const boarding = departures.events(line)[0]?.data as object;

  it.each(['departure', 'departureDelayMin'])('has no %s', (member) => {
    expect(source['boarding']?.({ ...boarding, [member]: 5 })).not.toEqual([]);
  });
});

describe('a line of weather', () => {
  it('is an observation, there before the flights of its instant', () => {
    expect(weather.events(observation)).toEqual([
      {
        to: 'weather',
        type: 'observed',
        id: 'EWR/2013-01-01T06:00:00Z',
        at: Date.parse('2013-01-01T06:00:00Z'),
        rank: -1,
        data: observation,
      },
    ]);
    expect(validatorsOf(contract.resolved).context['weather']?.['observed']?.(observation)).toEqual([]);
  });
});

describe('the files', () => {
  it.each([
    ['departures-2013-01.ndjson.gz', 'departures'],
    ['departures.ndjson', 'departures'],
    ['weather-2013-02.ndjson', 'weather'],
    ['departures-2013-01.ndjson.bak', undefined],
    ['old-departures.ndjson', undefined],
    ['README.md', undefined],
  ])('%s: %s', (name, kind) => {
    const found = Object.entries(recording.files).find(([, { pattern }]) => pattern.test(name))?.[0];
    expect(found).toBe(kind);
  });

  const takes = (kind: string, value: unknown): boolean =>
    compileSchema(plainSchema(filesOf(kind).schema)).validate(value);

  it.each([
    ['a departure', 'departures', line, true],
    ['a cancelled flight', 'departures', cancelled, true],
    ['an unknown aircraft', 'departures', { ...line, aircraft: null }, true],
    ['a column that this recording has more', 'departures', { ...line, gate: 'C12' }, true],
    ['a departure without its delay', 'departures', { ...line, departureDelayMin: null }, false],
    ['a delay without its departure', 'departures', { ...line, departure: null }, false],
    ['a time without a zone', 'departures', { ...line, scheduledDeparture: '2013-01-01T10:15:00' }, false],
    ['an origin that is none', 'departures', { ...line, origin: 'Newark' }, false],
    ['no object', 'departures', [line], false],
    ['an observation', 'weather', observation, true],
    ['a measure that failed', 'weather', { ...observation, windSpeedMph: null }, true],
    ['a negative visibility', 'weather', { ...observation, visibilityMi: -1 }, false],
    ['an observation of no station', 'weather', { ...observation, station: undefined }, false],
  ])('%s', (_, kind, value, taken) => {
    expect(takes(kind, value)).toBe(taken);
  });
});

describe('what a run shows', () => {
  const decision = {
    flight: line.id,
    carrier: 'UA',
    origin: 'EWR',
    destination: 'IAH',
    scheduledDeparture: line.scheduledDeparture,
    score: 0.4213,
    warn: true,
    reasons: ['UA runs 60 min late at EWR'],
    flags: ['weather:stale'],
    modelVersion: '1.0.0',
  };

  it('is the score of a decision and whether it warned', () => {
    expect(recording.score(decision)).toEqual({ score: 0.4213, acted: true });
    expect(recording.score({ ...decision, warn: false })).toEqual({ score: 0.4213, acted: false });
  });

  it('is a warning in a few words, with what to bear in mind', () => {
    expect(recording.summary(decision)).toEqual({
      title: 'UA1545-EWR-20130101T1015Z  EWR → IAH',
      detail: '42 % likely to leave 30 min late or more; UA, scheduled 2013-01-01T10:15:00Z',
      why: ['UA runs 60 min late at EWR', 'weather:stale'],
    });
  });

  it('is explained by what each feature adds, the strongest first, as the model itself says it', async () => {
    const of = vector();
    const { title, why, contributions } = recording.explain?.(decision, of) ?? {};
    expect(title).toBe('UA1545-EWR-20130101T1015Z  EWR → IAH, 2013-01-01 10:15 UTC');
    expect(why).toEqual(['UA runs 60 min late at EWR', 'weather:stale']);
    const call = { signal: new AbortController().signal, deadline: epochMsOf(0), trace: undefined };
    const { answer } = await inference.model.infer(of, call);
    const said = (answer as LogisticAnswer).contributions;
    expect(contributions).toHaveLength(said.length);
    for (const { name, logOdds } of said) expect(contributions).toContainEqual({ feature: name, logOdds });
    const sizes = (contributions ?? []).map(({ logOdds }) => Math.abs(logOdds));
    expect(sizes).toEqual(sizes.toSorted((one, other) => other - one));
  });

  it('is told without contributions where its vector is gone', () => {
    expect(recording.explain?.(decision, undefined)).toMatchObject({ contributions: [] });
  });

  it('is received where the action sends it', () => {
    expect(recording.receiver).toEqual({ method: 'POST', path: '/warnings', param: 'WARNINGS_URL' });
  });
});
