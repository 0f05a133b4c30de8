import { readFileSync } from 'node:fs';
import { Type, type Static } from 'typebox';
import { defineRecording, recordingFiles, type RecordedEvent } from '../../lib/core/recording.ts';
import { epochMsOf, minutes, toIso } from '../../lib/core/units.ts';
import { logisticScorer, type LogisticAnswer } from '../../lib/adapters/logistic.ts';
import { contract } from './contract.ts';
import { modelFeatures } from './model-features.ts';
import {
  Boarding,
  Recorded,
  scheduledFlight,
  Weather,
  type Decision,
  type FeatureVector,
} from './schemas.ts';
import type { Warning } from './warning.ts';

const boardsBefore = minutes(30);
const delayedFromMin = 30;

const { aircraft: tailNumber, distanceMi: distance } = Boarding.properties;
const { departure: left, departureDelayMin: delay } = Recorded.properties;
const schedule = { ...scheduledFlight, aircraft: tailNumber, distanceMi: distance };

let scorer: ((vector: FeatureVector) => LogisticAnswer) | undefined;
/** The model is read when it is first asked: whoever trains it reads the recording before there is one. */
const scored = (vector: FeatureVector): LogisticAnswer => {
  const file = new URL('model.json', import.meta.url);
  scorer ??= logisticScorer(JSON.parse(readFileSync(file, 'utf8')), modelFeatures);
  return scorer(vector);
};

/** A line of departures: what left, or was cancelled. */
export const DepartureLine = Type.Union([
  Type.Object({ ...schedule, departure: left, departureDelayMin: delay }),
  Type.Object({ ...schedule, departure: Type.Null(), departureDelayMin: Type.Null() }),
]);
export type DepartureLine = Static<typeof DepartureLine>;

/** Two events of a departure share its id, so each adds its type: an event is known by its identity alone. */
const boardingId = (departureId: string): string => `${departureId}/boarding`;

/** A departure as a stream: boarding, half an hour before schedule, and recorded, when it really left. A cancelled one only boards. */
const eventsOf = (line: DepartureLine): readonly RecordedEvent[] => {
  const { id, carrier, flight, origin, destination, scheduledDeparture, aircraft, distanceMi } = line;
  const known = { id, carrier, flight, origin, destination, scheduledDeparture };
  const boardsAt = epochMsOf(Date.parse(scheduledDeparture) - boardsBefore.ms);
  const boarding: RecordedEvent = {
    to: 'source',
    type: 'boarding',
    id: boardingId(id),
    at: boardsAt,
    // Of one instant the weather comes first, then who boards, then who left.
    rank: 0,
    data: { ...known, at: toIso(boardsAt), aircraft, distanceMi },
  };
  if (line.departure === null) return [boarding];
  const { departure, departureDelayMin } = line;
  const recorded: RecordedEvent = {
    to: 'source',
    type: 'recorded',
    id: `${id}/recorded`,
    at: epochMsOf(Date.parse(departure)),
    rank: 1,
    data: { ...known, at: departure, departure, departureDelayMin },
  };
  return [boarding, recorded];
};

export const recording = defineRecording(contract, {
  source: '/new-york/departures',
  folder: 'data',
  files: {
    departures: recordingFiles<DepartureLine>({
      pattern: /^departures.*\.ndjson(?:\.gz)?$/,
      schema: DepartureLine,
      to: 'source',
      events: eventsOf,
      outcomes: ({ id, departure, departureDelayMin }) =>
        departureDelayMin === null
          ? []
          : [
              {
                id: boardingId(id),
                positive: departureDelayMin >= delayedFromMin,
                at: epochMsOf(Date.parse(departure)),
              },
            ],
    }),
    weather: recordingFiles<Static<typeof Weather>>({
      pattern: /^weather.*\.ndjson(?:\.gz)?$/,
      schema: Weather,
      to: 'weather',
      events: (line) => [
        {
          to: 'weather',
          type: 'observed',
          id: `${line.station}/${line.observed}`,
          at: epochMsOf(Date.parse(line.observed)),
          rank: -1,
          data: line,
        },
      ],
    }),
  },
  receiver: { method: 'POST', path: '/warnings', param: 'WARNINGS_URL' },
  score: (decision) => {
    const { score, warn } = decision as Decision;
    return { score, acted: warn };
  },
  explain: (decision, vector) => {
    const { flight, origin, destination, scheduledDeparture, reasons, flags } = decision as Decision;
    return {
      title: `${flight}  ${origin} → ${destination}, ${scheduledDeparture.slice(0, 16).replace('T', ' ')} UTC`,
      why: [...reasons, ...flags],
      contributions:
        vector === undefined
          ? []
          : scored(vector as FeatureVector)
              .contributions.map(({ name, logOdds }) => ({ feature: name, logOdds }))
              .toSorted((one, other) => Math.abs(other.logOdds) - Math.abs(one.logOdds)),
    };
  },
  summary: (request) => {
    const { flight, carrier, origin, destination, scheduledDeparture, score, reasons, flags } =
      request as Warning;
    return {
      title: `${flight}  ${origin} → ${destination}`,
      detail: `${Math.round(score * 100)} % likely to leave 30 min late or more; ${carrier}, scheduled ${scheduledDeparture}`,
      why: [...reasons, ...flags],
    };
  },
});
