/** What the checks ask of a run: its journal, its log and its rows. */
import type { LoggedRecord } from '../../../lib/core/ports/event-log.ts';
import { coordinateKey, lastHeader, textOf, type Coordinates } from '../../../lib/core/record.ts';
import { laterVerdict, type Verdict } from '../../../lib/core/verdict.ts';
import type { SimState } from '../domain.ts';
import type { StageId } from '../journal.ts';
import type { Ran } from '../scenario.ts';

export interface Violation {
  readonly invariant:
    | 'I1'
    | 'I2'
    | 'I3'
    | 'I4'
    | 'I5'
    | 'I6'
    | 'I7'
    | 'I8'
    | 'I9'
    | 'switch'
    | 'limit'
    | 'wait'
    | 'context';
  readonly what: string;
}

export const header = (record: Pick<LoggedRecord, 'headers'>, name: string): string | undefined => {
  const value = lastHeader(record.headers, name);
  return value === undefined ? undefined : textOf(value);
};

export const recordsIn = ({ broker }: Ran, ending: string): readonly LoggedRecord[] =>
  [...broker.topics]
    .filter(([name]) => name.endsWith(ending))
    .flatMap(([, topic]) => topic.partitions.flat());

export const openKeys = ({ stores }: Ran): readonly string[] =>
  [...stores.claims.values(), ...stores.effects.values()]
    .filter(({ state }) => state === 'CLAIMED' || state === 'RELEASED')
    .map(({ key, state }) => `${state} ${key}`);

/** The verdicts of each stage's coordinates. */
export const verdictsOf = (
  ran: Ran,
  stage: StageId,
): ReadonlyMap<string, { at: Coordinates; verdict: Verdict }> => {
  const known = new Map<string, { at: Coordinates; verdict: Verdict }>();
  for (const entry of ran.journal.of('verdict')) {
    if (entry.stage !== stage) continue;
    const key = coordinateKey(entry.at);
    known.set(key, { at: entry.at, verdict: laterVerdict(known.get(key)?.verdict, entry.verdict) });
  }
  return known;
};

/** Coordinates that have a dead letter. */
export const lettersOf = (ran: Ran, ending: string): ReadonlySet<string> =>
  new Set(
    recordsIn(ran, ending).map((record) =>
      [
        header(record, 'freshet.topic.id'),
        header(record, '__connect.errors.partition'),
        header(record, '__connect.errors.offset'),
      ].join('/'),
    ),
  );

export const entityState = (ran: Ran): ReadonlyMap<string, SimState> =>
  new Map(
    [...ran.stores.rows].map(([entity, { body }]) => [
      entity,
      (JSON.parse(body) as { state: SimState }).state,
    ]),
  );

/** What was folded into a row. Its state is stored as text within the row's. */
export const foldedIn = (ran: Ran, entity: string): readonly number[] =>
  entityState(ran).get(entity)?.folded ?? [];
