/** What the checks ask of a run: all of it is in the journal. */
import {
  deadLettersIn,
  topicIn,
  type ResolvedTopic,
  type StageName,
} from '../../../core/contract/resolved.ts';
import type { LedgerItem } from '../../../core/ledger/item.ts';
import type { LoggedRecord } from '../../../core/ports/event-log.ts';
import { coordinateKey, lastHeader, textOf, type Coordinates } from '../../../core/record.ts';
import { laterVerdict, type Verdict } from '../../../core/verdict.ts';
import type { Row } from '../../../core/rows/row.ts';
import { environment } from '../deployment.ts';
import type { Ran } from '../ran.ts';

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
    | 'context'
    /** A function of the domain is not pure. */
    | 'pure'
    /** Core threw what is none of its own errors. */
    | 'fault';
  readonly what: string;
}

/** What is asked of a run that is over, by its name: several checks ask the same. */
const known = new WeakMap<Ran, Map<string, unknown>>();

const once = <Value>(ran: Ran, name: string, make: () => Value): Value => {
  const ofRun = known.get(ran) ?? new Map<string, unknown>();
  known.set(ran, ofRun);
  if (!ofRun.has(name)) ofRun.set(name, make());
  return ofRun.get(name) as Value;
};

export const header = (record: Pick<LoggedRecord, 'headers'>, name: string): string | undefined => {
  const value = lastHeader(record.headers, name);
  return value === undefined ? undefined : textOf(value);
};

const appendedTo = (ran: Ran, name: string): readonly LoggedRecord[] =>
  once(ran, `appended to ${name}`, () =>
    ran.journal
      .of('appended')
      .map(({ record }) => record)
      .filter(({ topic }) => topic === name),
  );

export const recordsIn = (ran: Ran, topic: ResolvedTopic): readonly LoggedRecord[] =>
  appendedTo(ran, topicIn(environment, topic));

export const deadLettersOf = (ran: Ran, topic: ResolvedTopic): readonly LoggedRecord[] =>
  appendedTo(ran, deadLettersIn(environment, topic));

/** What each key was last written as. */
export const itemsOf = ({ journal }: Ran, store: 'claims' | 'effects'): readonly LedgerItem[] => [
  ...new Map(
    journal
      .of('ledger')
      .filter((entry) => entry.store === store)
      .map(({ key, after }) => [key, after]),
  ).values(),
];

export const openKeys = (ran: Ran): readonly string[] =>
  [...itemsOf(ran, 'claims'), ...itemsOf(ran, 'effects')]
    .filter(({ state }) => state === 'CLAIMED' || state === 'RELEASED')
    .map(({ key, state }) => `${state} ${key}`);

/** What each row was last written as. */
export const rowsOf = ({ journal }: Ran): ReadonlyMap<string, WrittenRow> =>
  new Map(journal.of('row').map(({ entity, body }) => [entity, JSON.parse(body) as WrittenRow]));

/** A row as its store holds it: the state is a value in it. */
interface WrittenRow extends Pick<Row, 'version' | 'holes'> {
  readonly state: unknown;
}

/** The verdicts of each stage's coordinates. */
export const verdictsOf = (
  ran: Ran,
  stage: StageName,
): ReadonlyMap<string, { at: Coordinates; verdict: Verdict }> =>
  once(ran, `verdicts of ${stage}`, () => {
    const verdicts = new Map<string, { at: Coordinates; verdict: Verdict }>();
    for (const entry of ran.journal.of('verdict')) {
      if (entry.stage !== stage) continue;
      const key = coordinateKey(entry.at);
      verdicts.set(key, { at: entry.at, verdict: laterVerdict(verdicts.get(key)?.verdict, entry.verdict) });
    }
    return verdicts;
  });

/** Coordinates that have a dead letter. */
export const letteredIn = (ran: Ran, topic: ResolvedTopic): ReadonlySet<string> =>
  new Set(
    deadLettersOf(ran, topic).map((record) =>
      [
        header(record, 'freshet.topic.id'),
        header(record, '__connect.errors.partition'),
        header(record, '__connect.errors.offset'),
      ].join('/'),
    ),
  );

/** Every record that was ever appended, by its coordinates. */
export const recordsByCoordinates = (ran: Ran): ReadonlyMap<string, LoggedRecord> =>
  once(
    ran,
    'records by coordinates',
    () =>
      new Map(
        ran.journal
          .of('appended')
          .map(({ topicId, record }) => [`${topicId}/${record.partition}/${record.offset}`, record]),
      ),
  );

/** Identity of a record, as its outputs name what caused them. */
export const identityOf = ({ contract: { source } }: Ran, record: LoggedRecord): string => {
  const { identify } = source;
  const isIdentified = identify !== null && record.topic === topicIn(environment, source);
  if (!isIdentified) return `${header(record, 'ce_source')}#${header(record, 'ce_id')}`;
  const data = JSON.parse(textOf(record.value ?? new Uint8Array())) as Readonly<Record<string, unknown>>;
  return `${identify.source}#${String(data[identify.id])}`;
};
