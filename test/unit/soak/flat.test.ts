import { describe, expect, it } from 'vitest';
import { growth, whenFull, whileFilling, type Sample } from '../../soak/flat.ts';

const samples = (server: (minute: number) => number): readonly Sample[] =>
  Array.from({ length: 60 }, (_, minute) => ({
    minute,
    server: server(minute),
    rss: 500,
    page: 10,
    nodes: minute % 2 === 0 ? 300 : 3_000,
  }));

const growing = (all: readonly Sample[]): readonly string[] =>
  growth(all, whenFull)
    .filter(({ isFlat }) => !isFlat)
    .map(({ kind }) => kind);

describe('whether memory stays flat', () => {
  it('forgives what fills in the first quarter, and what goes up and down', () => {
    expect(growing(samples((minute) => Math.min(minute, 14) * 10 + (minute % 3)))).toEqual([]);
  });

  it('sees what grows all the time', () => {
    expect(growing(samples((minute) => 100 + minute))).toEqual(['server']);
  });

  it('tells how much there was', () => {
    expect(
      growth(
        samples(() => 64),
        whenFull,
      ).find(({ kind }) => kind === 'server'),
    ).toEqual({
      kind: 'server',
      before: 64,
      after: 64,
      isFlat: true,
    });
  });

  it('judges no run that was too short', () => {
    expect(() => growth(samples(() => 1).slice(0, 7), whileFilling)).toThrow(
      'got 7 samples; expected 8 or more',
    );
  });
});
