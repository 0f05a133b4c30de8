import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../lib/core/digest.ts';
import { validatorsOf } from '../../../lib/runtime/validators.ts';
import { bounds, emptyBoard, overdueAt, waitingMs, withDelay, withWaiting } from '../board.ts';
import { contract } from '../contract.ts';
import type { AirportBoard, Boarding, Recorded } from '../schemas.ts';
import { atMs, boarding, frozen, recorded } from './flights.ts';

type Event = { readonly boards: Boarding } | { readonly left: Recorded };

const fold = (board: AirportBoard, event: Event): AirportBoard =>
  frozen('boards' in event ? withWaiting(board, event.boards) : withDelay(board, event.left));
const boardOf = (...events: readonly Event[]): AirportBoard => events.reduce(fold, frozen(emptyBoard));

const boards = (...args: Parameters<typeof boarding>): Event => ({ boards: boarding(...args) });
const left = (...args: Parameters<typeof recorded>): Event => ({ left: recorded(...args) });

const waitingIds = ({ waiting }: AirportBoard): readonly string[] => waiting.map(({ id }) => id);

describe('who is waited for', () => {
  it('boards, waits, and leaves the board when it is recorded as gone', () => {
    const boarded = boardOf(boards('a', 60), boards('b', 70));
    expect(waitingIds(boarded)).toEqual(['a', 'b']);
    const after = fold(boarded, left('a', 60, 5));
    expect(waitingIds(after)).toEqual(['b']);
    expect(after.goneUnseen).toEqual([]);
  });

  it('is overdue once its schedule is past, and not before', () => {
    const board = boardOf(boards('a', 60), boards('b', 90));
    expect([59, 60, 61, 90, 91].map((minute) => overdueAt(board, atMs(minute)))).toEqual([0, 0, 1, 1, 2]);
  });

  it('is taken for cancelled by age: it no longer counts, and the next event takes it off', () => {
    const board = boardOf(boards('cancelled', 60));
    const endsMin = 60 + waitingMs / 60_000;
    expect(overdueAt(board, atMs(endsMin))).toBe(1);
    expect(overdueAt(board, atMs(endsMin + 1))).toBe(0);
    expect(waitingIds(fold(board, boards('b', endsMin + 30)))).toEqual(['cancelled', 'b']);
    expect(waitingIds(fold(board, boards('b', endsMin + 31)))).toEqual(['b']);
    expect(waitingIds(fold(board, left('c', endsMin + 1, 0)))).toEqual([]);
  });

  it('is nobody twice: a flight that boards again, rescheduled, waits once', () => {
    const board = boardOf(boards('a', 60), boards('a', 120));
    expect(board.waiting).toEqual([{ id: 'a', scheduledMs: atMs(120) }]);
  });

  it('is nobody who is known to be gone: a flight that left before it was seen boarding', () => {
    const gone = boardOf(left('a', 60, -40));
    const board = fold(gone, boards('a', 60));
    expect(waitingIds(board)).toEqual([]);
    expect(board.goneUnseen).toEqual([]);
  });

  it('does not remember for ever who left unseen', () => {
    const gone = boardOf(left('a', 0, 0));
    expect(gone.goneUnseen).toHaveLength(1);
    expect(fold(gone, left('b', waitingMs / 60_000 + 1, 0)).goneUnseen.map(({ id }) => id)).toEqual(['b']);
  });

  it('at one instant is the flight that boards, then gone: the order of the recording', () => {
    expect(waitingIds(boardOf(boards('a', 60), left('a', 60, -30)))).toEqual([]);
    expect(waitingIds(boardOf(left('a', 60, -30), boards('a', 60)))).toEqual([]);
  });
});

describe('delays', () => {
  it('count for the airport and for the carrier, and for no other carrier', () => {
    const board = boardOf(left('a', 0, 60), left('b', 10, 20, { carrier: 'DL' }));
    expect(Object.keys(board.delayByCarrier)).toEqual(['UA', 'DL']);
    expect(board.delayByCarrier['UA']).toEqual({ atMs: atMs(60), sum: 60, weight: 1 });
    expect(board.delayByCarrier['DL']).toEqual({ atMs: atMs(30), sum: 20, weight: 1 });
    expect(board.delayShort.weight).toBeCloseTo(1.5);
    expect(board.delayLong.weight).toBeCloseTo(1 + 2 ** -0.125);
  });

  it('are capped: one flight that is a day late does not outshout the airport', () => {
    expect(boardOf(left('a', 0, 1_301)).delayShort.sum).toBe(180);
    expect(boardOf(left('a', 0, -43)).delayShort.sum).toBe(-15);
  });

  it('are the same whichever of two events comes first', () => {
    const one = boardOf(left('a', 0, 30), left('b', 20, 90));
    const other = boardOf(left('b', 20, 90), left('a', 0, 30));
    expect(other.delayShort.sum).toBeCloseTo(one.delayShort.sum, 9);
    expect(other.delayShort.atMs).toBe(one.delayShort.atMs);
  });

  it('of a carrier that has not left for a day are forgotten', () => {
    const board = boardOf(left('a', 0, 30), left('b', 24 * 60, 0, { carrier: 'DL' }));
    expect(Object.keys(board.delayByCarrier)).toEqual(['DL']);
  });
});

describe('whatever comes', () => {
  const event = fc
    .record({
      id: fc.integer({ min: 0, max: 400 }),
      minute: fc.integer({ min: 0, max: 600 }),
      carrier: fc.integer({ min: 0, max: 99 }),
      delay: fc.integer({ min: -60, max: 2_000 }),
      boards: fc.boolean(),
    })
    .map((seed): Event => {
      const id = `UA${seed.id}-EWR-20130101T1015Z`;
      const carrier = String(seed.carrier).padStart(2, 'Z');
      return seed.boards
        ? boards(id, seed.minute, { carrier })
        : left(id, seed.minute, seed.delay, { carrier });
    });
  const { row } = validatorsOf(contract.resolved);

  it('the row is of its schema and bounded, and the same events give the same bytes', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 600, size: 'max' }), (events) => {
        const board = boardOf(...events);
        expect(row(board)).toEqual([]);
        expect(board.waiting.length).toBeLessThanOrEqual(bounds.waiting);
        expect(board.goneUnseen.length).toBeLessThanOrEqual(bounds.goneUnseen);
        expect(Object.keys(board.delayByCarrier).length).toBeLessThanOrEqual(bounds.carriers);
        const bytes = canonicalJson(board);
        expect(bytes.length).toBeLessThan(14_000);
        expect(canonicalJson(boardOf(...events))).toBe(bytes);
        // A row that went through its store goes on as the one that did not.
        const stored = JSON.parse(bytes) as AirportBoard;
        for (const next of [boards('next', 300), left('next', 300, 10, { carrier: 'NX' })])
          expect(canonicalJson(fold(stored, next))).toBe(canonicalJson(fold(board, next)));
      }),
      { numRuns: 30 },
    );
  });

  it('bounds are reached by the oldest going', () => {
    const many = Array.from({ length: bounds.waiting + 5 }, (_, index) => boards(`f${index}`, 60));
    const { waiting } = boardOf(...many);
    expect([waiting.length, waiting[0]?.id, waiting.at(-1)?.id]).toEqual([
      bounds.waiting,
      'f5',
      `f${bounds.waiting + 4}`,
    ]);
    const carriers = Array.from({ length: bounds.carriers + 1 }, (_, index) =>
      left(`f${index}`, index, 0, { carrier: `C${index}` }),
    );
    const kept = Object.keys(boardOf(...carriers).delayByCarrier);
    expect(kept).toHaveLength(bounds.carriers);
    expect(kept).not.toContain('C0');
  });

  it('of carriers that left at one instant the same ones stay, whatever their order in the row', () => {
    const full = Array.from({ length: bounds.carriers }, (_, index) =>
      left(`f${index}`, 0, 0, { carrier: `C${index}` }),
    );
    const more = left('more', 1, 0, { carrier: 'NX' });
    const keptOf = (events: readonly Event[]): string =>
      canonicalJson(boardOf(...events, more).delayByCarrier);
    expect(keptOf(full.toReversed())).toBe(keptOf(full));
  });
});
