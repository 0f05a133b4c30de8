import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examplesOf, withWeatherWithheld } from '../training/examples.ts';
import { fitLogistic } from '../training/fit.ts';
import { aucOf, qualityAt } from '../training/metrics.ts';
import { readRecording } from '../training/read-recording.ts';
import { recording } from '../recording.ts';
import { train } from '../train.ts';
import { at, boarding } from './flights.ts';

const root = join(import.meta.dirname, '../../..');
const committed = join(import.meta.dirname, '../model.json');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'freshet-train-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('training', () => {
  it('gives the committed model again, byte for byte, and one that is good enough', async () => {
    const printed: string[] = [];
    const { model, modelFile } = await train({
      root,
      print: (line) => printed.push(line),
      modelFile: join(folder, 'model.json'),
    });
    expect(readFileSync(modelFile, 'utf8')).toBe(readFileSync(committed, 'utf8'));
    expect(model.metrics['auc']).toBeGreaterThanOrEqual(0.73);
    expect(model.metrics['precision']).toBeGreaterThan(0.4);
    expect(model.metrics['recall']).toBeGreaterThan(0.3);
    // 18.9 % of the flights that left in the last 30 % of the month, as the recording's own description has it.
    expect((model.metrics['positives'] ?? 0) / (model.metrics['rows'] ?? 1)).toBeCloseTo(0.189, 3);
    expect(printed.join('\n')).toMatch(/AUC 0\.\d+ {2}precision 0\.\d+ {2}recall 0\.\d+/);
  });

  it.each([
    ['a folder that does not exist', {}, /cannot be read/],
    ['no weather', { 'departures.ndjson': '' }, /no file of weather/],
    [
      'a line that is no JSON',
      { 'departures.ndjson': '\n{"id":', 'weather.ndjson': '' },
      /line 2 of .*departures\.ndjson/,
    ],
    ['a line of another schema', { 'departures.ndjson': '{}', 'weather.ndjson': '' }, /line 1 of/],
    [
      'a broken .gz',
      { 'departures.ndjson.gz': 'no gzip', 'weather.ndjson': '' },
      /departures\.ndjson\.gz, which cannot be read/,
    ],
    ['nothing', { 'departures.ndjson': '', 'weather.ndjson': '' }, /no flight that left/],
  ] as const)('refuses %s', async (name, files, message) => {
    const recordingFolder = join(folder, name);
    if (Object.keys(files).length > 0) {
      mkdirSync(recordingFolder);
      for (const [file, text] of Object.entries(files)) writeFileSync(join(recordingFolder, file), text);
    }
    const modelFile = join(folder, 'never.json');
    await expect(train({ root, print: () => undefined, recordingFolder, modelFile })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringMatching(message) as string,
    });
    expect(() => readFileSync(modelFile)).toThrow('ENOENT');
  });
});

describe('examples', () => {
  const line = (id: string, scheduledMin: number, delayMin: number | null) => ({
    ...boarding(id, scheduledMin),
    departure: delayMin === null ? null : at(scheduledMin + delayMin),
    departureDelayMin: delayMin,
  });
  const observation = (observedMin: number, visibilityMi: number) => ({
    station: 'EWR',
    observed: at(observedMin),
    temperatureF: null,
    windSpeedMph: 1,
    windGustMph: null,
    precipitationIn: 0,
    visibilityMi,
  });
  const read = (departures: readonly object[], weather: readonly object[]) => {
    const path = mkdtempSync(join(folder, 'examples-'));
    const ndjson = (lines: readonly object[]): string =>
      lines.map(({ ...members }) => JSON.stringify({ ...members, at: undefined })).join('\n');
    writeFileSync(join(path, 'departures.ndjson'), ndjson(departures));
    writeFileSync(join(path, 'weather.ndjson'), ndjson(weather));
    return readRecording(path);
  };

  it('are boardings that were followed by an outcome, with what was known by then and nothing later', () => {
    const examples = examplesOf(
      read(
        [line('late', 0, 50), line('cancelled', 10, null), line('next', 60, 0), line('last', 90, 31)],
        [observation(-40, 10), observation(30, 3), observation(31, 9)],
      ),
    );
    expect(
      examples.map(({ vector, positive }) => [
        vector.flight,
        positive,
        vector.overdueFlights,
        vector.delayShortMin > 0,
        'visibilityMi' in vector.weather ? vector.weather.visibilityMi : 'none',
      ]),
    ).toEqual([
      ['late', true, 0, false, 10],
      // Boards at minute 30: "late" and the cancelled one are overdue, none has left, and the weather is of this very minute.
      ['next', false, 2, false, 3],
      // Boards at minute 60: "late" left ten minutes ago, "next" leaves in this minute, after it.
      ['last', true, 1, true, 9],
    ]);
  });

  it('see weather as the contract has it: fresh for two hours, stale until six, missing beyond and before the first', () => {
    // Boards at minute 120.
    const weatherOf = (observedMin: number): string =>
      examplesOf(read([line('a', 150, 0)], [observation(observedMin, 10)]))[0]?.vector.weather.status ?? '';
    expect([121, 120, 0, -1, -240, -241].map(weatherOf)).toEqual([
      'missing',
      'fresh',
      'fresh',
      'stale',
      'stale',
      'missing',
    ]);
  });

  it('have their weather withheld a second time, every tenth', () => {
    const examples = examplesOf(
      read(
        Array.from({ length: 11 }, (_, index) => line(`f${index}`, index, 0)),
        [observation(-60, 10)],
      ),
    );
    const more = withWeatherWithheld(examples).slice(examples.length);
    expect(more.map(({ vector }) => [vector.flight, vector.weather])).toEqual([
      ['f0', { status: 'missing' }],
      ['f10', { status: 'missing' }],
    ]);
  });

  it('are all of the recording that left', () => {
    expect(examplesOf(readRecording(join(root, recording.folder)))).toHaveLength(27_004 - 521);
  });
});

describe('the fit', () => {
  it('finds the log-odds of a table, but for the ridge', () => {
    const group = (input: number, positives: number, rows: number) =>
      Array.from({ length: rows }, (_, index) => ({ inputs: [input], positive: index < positives }));
    const { intercept, weights } = fitLogistic([...group(0, 2_000, 10_000), ...group(1, 6_000, 10_000)]);
    expect(intercept).toBeCloseTo(Math.log(0.2 / 0.8), 2);
    expect(weights[0]).toBeCloseTo(Math.log(0.6 / 0.4) - Math.log(0.2 / 0.8), 2);
  });

  it('gives no weight to what never varies, and shares it between two that say the same', () => {
    const examples = Array.from({ length: 200 }, (_, index) => {
      const input = index % 2;
      return { inputs: [0, input, input], positive: (index >> 1) % 4 < (input === 1 ? 3 : 1) };
    });
    const { weights } = fitLogistic(examples);
    expect(weights[0]).toBe(0);
    expect(weights[1]).toBeGreaterThan(0.5);
    expect(weights[1]).toBeCloseTo(weights[2] ?? 0, 9);
  });

  it('refuses rows of one kind', () => {
    expect(() => fitLogistic([{ inputs: [1], positive: true }])).toThrow(/both outcomes/);
    expect(() => fitLogistic([])).toThrow(/both outcomes/);
  });
});

describe('metrics', () => {
  const scored = (...pairs: readonly (readonly [number, boolean])[]) =>
    pairs.map(([score, positive]) => ({ score, positive }));

  it.each([
    ['all in order', scored([0.1, false], [0.2, false], [0.8, true]), 1],
    ['all the wrong way', scored([0.9, false], [0.2, true]), 0],
    ['all equal', scored([0.5, false], [0.5, true], [0.5, false], [0.5, true]), 0.5],
    ['one pair of four wrong', scored([0.1, false], [0.4, true], [0.5, false], [0.9, true]), 0.75],
    ['a tie counts half', scored([0.1, false], [0.4, true], [0.4, false], [0.9, true]), 0.875],
  ])('AUC, %s', (_, rows, auc) => {
    expect(aucOf(rows)).toBe(auc);
  });

  it('of a threshold count the score that equals it as warned', () => {
    const rows = scored([0.1, false], [0.4, true], [0.5, false], [0.9, true]);
    expect(qualityAt(rows, 0.5)).toEqual({ precision: 0.5, recall: 0.5, warned: 0.5 });
    expect(qualityAt(rows, 0.95)).toEqual({ precision: 0, recall: 0, warned: 0 });
    expect(qualityAt([], 0.5)).toEqual({ precision: 0, recall: 0, warned: 0 });
  });
});
