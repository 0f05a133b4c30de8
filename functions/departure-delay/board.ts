import { nothingObserved, observed, weightAt } from './forgetting-mean.ts';
import type { AirportBoard, Boarding, DueFlight, Recorded } from './schemas.ts';

const hourMs = 3_600_000;

/** After so long half of a delay is forgotten. */
export const halfLifeMs = { short: hourMs / 2, long: 4 * hourMs, carrier: 2 * hourMs };

/** A flight this long past its schedule is taken for cancelled: nobody says so. */
export const waitingMs = 4 * hourMs;

/** However much a stream repeats itself or lies, a row stays small. */
export const bounds = { waiting: 120, goneUnseen: 24, carriers: 32 };

/** One flight that is a day late says little more about the airport than one that is three hours late. */
const delayRangeMin = { least: -15, most: 180 };

/** Of a carrier that is remembered less than this, nothing is. */
const faintWeight = 0.01;

export const emptyBoard: AirportBoard = {
  delayShort: nothingObserved,
  delayLong: nothingObserved,
  delayByCarrier: {},
  waiting: [],
  goneUnseen: [],
};

/** Those still of interest at a time, at most `most`: where there are more, the ones longest on the list go. */
const current = (flights: readonly DueFlight[], nowMs: number, most: number): DueFlight[] =>
  flights.filter(({ scheduledMs }) => nowMs - scheduledMs <= waitingMs).slice(-most);

const without = (flights: readonly DueFlight[], id: string): DueFlight[] =>
  flights.filter((flight) => flight.id !== id);

/** A flight boards: it is waited for, unless it is known to be gone already. */
export const withWaiting = (board: AirportBoard, { id, at, scheduledDeparture }: Boarding): AirportBoard => {
  const nowMs = Date.parse(at);
  const isGone = board.goneUnseen.some((flight) => flight.id === id);
  const waiting = without(board.waiting, id);
  return {
    ...board,
    waiting: current(
      isGone ? waiting : [...waiting, { id, scheduledMs: Date.parse(scheduledDeparture) }],
      nowMs,
      bounds.waiting,
    ),
    goneUnseen: current(without(board.goneUnseen, id), nowMs, bounds.goneUnseen),
  };
};

/** A flight left: its delay counts, and nobody waits for it any longer. */
export const withDelay = (
  board: AirportBoard,
  { id, at, carrier, scheduledDeparture, departureDelayMin }: Recorded,
): AirportBoard => {
  const nowMs = Date.parse(at);
  const delayMin = Math.min(Math.max(departureDelayMin, delayRangeMin.least), delayRangeMin.most);
  const wasWaiting = board.waiting.some((flight) => flight.id === id);
  const goneUnseen = without(board.goneUnseen, id);
  return {
    delayShort: observed(board.delayShort, delayMin, nowMs, halfLifeMs.short),
    delayLong: observed(board.delayLong, delayMin, nowMs, halfLifeMs.long),
    delayByCarrier: withCarrier(board.delayByCarrier, carrier, delayMin, nowMs),
    waiting: current(without(board.waiting, id), nowMs, bounds.waiting),
    goneUnseen: current(
      wasWaiting ? goneUnseen : [...goneUnseen, { id, scheduledMs: Date.parse(scheduledDeparture) }],
      nowMs,
      bounds.goneUnseen,
    ),
  };
};

const withCarrier = (
  known: AirportBoard['delayByCarrier'],
  carrier: string,
  delayMin: number,
  nowMs: number,
): AirportBoard['delayByCarrier'] => {
  const updated = {
    ...known,
    [carrier]: observed(known[carrier] ?? nothingObserved, delayMin, nowMs, halfLifeMs.carrier),
  };
  const remembered = Object.entries(updated).filter(
    ([, mean]) => weightAt(mean, nowMs, halfLifeMs.carrier) >= faintWeight,
  );
  return Object.fromEntries(
    remembered.length <= bounds.carriers
      ? remembered
      : // Of one instant the name decides: a row that comes from its store has its members in another order.
        remembered
          .toSorted(([one, a], [other, b]) => b.atMs - a.atMs || (one < other ? -1 : 1))
          .slice(0, bounds.carriers),
  );
};

/** How many flights are past their schedule at a time and not yet gone. */
export const overdueAt = ({ waiting }: AirportBoard, nowMs: number): number =>
  waiting.filter(({ scheduledMs }) => scheduledMs < nowMs && nowMs - scheduledMs <= waitingMs).length;
