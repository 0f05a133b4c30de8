import type { Evidence, LoggedEvent, SentEvent } from './evidence.ts';

export type FindingKind = 'lost' | 'duplicate' | 'phantom' | 'reordered' | 'stuck';

/** A promise that was not kept. */
export interface Finding {
  readonly kind: FindingKind;
  readonly what: string;
  /** Of the events that it is about, or whatever else it can be found by. */
  readonly ids: readonly string[];
}

/** An at-most-once effect of which nobody knows whether it was had ends with this reason. */
const inDoubt = 'unknown-outcome';

/** Evidence, looked up by event. */
class Books {
  readonly evidence: Evidence;
  readonly sent: ReadonlyMap<string, SentEvent>;
  /** The first time that each event stands in the log, in the order in which its entity's events were appended. */
  readonly logged: readonly LoggedEvent[];
  readonly #loggedIds: ReadonlySet<string>;

  constructor(evidence: Evidence) {
    this.evidence = evidence;
    this.sent = new Map(evidence.sent.map((event) => [event.id, event]));
    const inOrder = evidence.logged.toSorted(
      (one, other) => one.appendedAt - other.appendedAt || one.offset - other.offset,
    );
    this.logged = [...new Map(inOrder.toReversed().map((event) => [event.id, event])).values()].toReversed();
    this.#loggedIds = new Set(this.logged.map(({ id }) => id));
  }

  isLogged(id: string): boolean {
    return this.#loggedIds.has(id);
  }

  wants(id: string): SentEvent['wanted'] | undefined {
    return this.sent.get(id)?.wanted;
  }

  /** By entity, the events that a fold must have seen, in order; those it stumbles over stand in no row. */
  get folded(): ReadonlyMap<string, readonly string[]> {
    const { decisions, letters } = this.evidence;
    const later = [...decisions, ...letters.filter(({ stage }) => stage !== 'features')];
    const known = new Set(later.map(({ event }) => event));
    const folds = this.logged.filter(({ id }) => this.wants(id) !== 'letter' || known.has(id));
    const byEntity = Map.groupBy(folds, ({ entity }) => entity);
    return new Map([...byEntity].map(([entity, events]) => [entity, events.map(({ id }) => id)]));
  }
}

const finding = (kind: FindingKind, what: string, ids: Iterable<string>): readonly Finding[] => {
  const all = [...new Set(ids)].toSorted();
  return all.length === 0 ? [] : [{ kind, what, ids: all }];
};

const idsOf = (of: readonly { readonly event: string }[]): ReadonlySet<string> =>
  new Set(of.map(({ event }) => event));

const lost = (books: Books): readonly Finding[] => {
  const { sent, decisions, outcomes, requests, letters } = books.evidence;
  const [decided, told, lettered] = [idsOf(decisions), idsOf(outcomes), idsOf(letters)];
  const hadEffect = idsOf(requests.filter(({ isEffect }) => isEffect));
  const logged = books.logged.map(({ id }) => id);
  const inLog = (wanted: SentEvent['wanted']): readonly string[] =>
    logged.filter((id) => books.wants(id) === wanted);
  const mayAct = [...inLog('effect'), ...inLog('decision')];
  const isExcused = ({ reason }: { readonly reason: string }): boolean =>
    books.evidence.policy === 'at-most-once' && reason === inDoubt;
  return [
    ...finding(
      'lost',
      'acknowledged, and not in the log',
      sent.filter(({ isAcked, id }) => isAcked && !books.isLogged(id)).map(({ id }) => id),
    ),
    ...finding(
      'lost',
      'neither decided nor a dead letter',
      mayAct.filter((id) => !decided.has(id) && !lettered.has(id)),
    ),
    ...finding(
      'lost',
      'can never be finished, and is no dead letter',
      inLog('letter').filter((id) => !lettered.has(id)),
    ),
    ...finding(
      'lost',
      'given up on without a reason of its own',
      letters
        .filter((letter) => mayAct.includes(letter.event) && !isExcused(letter))
        .map(({ event }) => event),
    ),
    ...finding(
      'lost',
      'decided to act, and neither an effect nor a dead letter',
      inLog('effect').filter((id) => decided.has(id) && !hadEffect.has(id) && !lettered.has(id)),
    ),
    ...finding(
      'lost',
      'decided, and neither an outcome nor a dead letter',
      mayAct.filter((id) => decided.has(id) && !told.has(id) && !lettered.has(id)),
    ),
  ];
};

/** What occurs more than once. */
const repeated = (ids: readonly string[]): readonly string[] =>
  ids.filter((id, index) => ids.indexOf(id) !== index);

/** Events of which there is more than one version. */
const versioned = (versions: readonly (readonly [event: string, version: string])[]): readonly string[] =>
  [...Map.groupBy(versions, ([event]) => event)]
    .filter(([, of]) => new Set(of.map(([, version]) => version)).size > 1)
    .map(([event]) => event);

const duplicate = (books: Books): readonly Finding[] => {
  const { policy, decisions, requests, rows } = books.evidence;
  const effects = requests.filter(({ isEffect }) => isEffect);
  const { folded } = books;
  return [
    ...finding('duplicate', 'more than one effect', repeated(effects.map(({ event }) => event))),
    ...finding(
      'duplicate',
      'decided in more than one way',
      versioned(decisions.map(({ event, value }) => [event, value])),
    ),
    ...finding(
      'duplicate',
      'requested in more than one way',
      versioned(requests.map(({ event, key, body }) => [event, `${key} ${body}`])),
    ),
    ...finding(
      'duplicate',
      'requested more than once',
      policy === 'at-most-once' ? repeated(requests.map(({ event }) => event)) : [],
    ),
    ...finding(
      'duplicate',
      'rows that folded more events than there are',
      [...rows].filter(([entity, count]) => count > (folded.get(entity)?.length ?? 0)).map(([name]) => name),
    ),
  ];
};

const phantom = (books: Books): readonly Finding[] => {
  const { logged, decisions, outcomes, requests, letters, commits } = books.evidence;
  const unknown = (of: readonly { readonly event: string }[]): readonly string[] =>
    of.map(({ event }) => event).filter((event) => !books.isLogged(event));
  return [
    ...finding(
      'phantom',
      'in the log, and never sent',
      logged.map(({ id }) => id).filter((id) => !books.sent.has(id)),
    ),
    ...finding('phantom', 'decisions about what is not in the log', unknown(decisions)),
    ...finding('phantom', 'outcomes of what is not in the log', unknown(outcomes)),
    ...finding('phantom', 'requests for what is not in the log', unknown(requests)),
    ...finding('phantom', 'dead letters of what is not in the log', unknown(letters)),
    ...finding(
      'phantom',
      'requested, and nobody decided so',
      requests.map(({ event }) => event).filter((id) => !idsOf(decisions).has(id)),
    ),
    ...finding(
      'phantom',
      'acted on, and not to be acted on',
      requests
        .map(({ event }) => event)
        .filter((id) => books.wants(id) !== undefined && books.wants(id) !== 'effect'),
    ),
    ...finding(
      'phantom',
      'commits beyond the end of the log',
      commits.filter(({ committed, end }) => committed > end).map(placeOf),
    ),
  ];
};

const placeOf = ({ stage, partition }: { readonly stage: string; readonly partition: number }): string =>
  `${stage}/${partition}`;

const reordered = (books: Books): readonly Finding[] => {
  const positions = new Map(
    [...books.folded.values()].flatMap((ids) => ids.map((id, index) => [id, index + 1] as const)),
  );
  const { decisions, rows } = books.evidence;
  const short = [...books.folded].filter(([entity, ids]) => (rows.get(entity) ?? 0) < ids.length);
  return [
    ...finding(
      'reordered',
      'folded at another place than they have in the log',
      decisions
        .filter(({ event, position }) => positions.has(event) && positions.get(event) !== position)
        .map(({ event }) => event),
    ),
    ...finding(
      'lost',
      'rows that folded fewer events than there are',
      short.map(([entity]) => entity),
    ),
  ];
};

const stuck = ({ evidence: { commits, openKeys } }: Books): readonly Finding[] => [
  ...finding(
    'stuck',
    'not processed to the end',
    commits.filter(({ committed, end }) => committed < end).map(placeOf),
  ),
  ...finding(
    'stuck',
    'stages with keys that are half done',
    [...openKeys].filter(([, count]) => count > 0).map(([stage, count]) => `${stage} (${count})`),
  ),
];

/** What was lost, done twice, made up, put out of order or left undone; nothing, where every promise was kept. */
export const findingsOf = (evidence: Evidence): readonly Finding[] => {
  const books = new Books(evidence);
  return [...lost(books), ...duplicate(books), ...phantom(books), ...reordered(books), ...stuck(books)];
};

const mostIds = 5;

/** One line of text. */
export const findingText = ({ kind, what, ids }: Finding): string => {
  const more = ids.length > mostIds ? ` and ${ids.length - mostIds} more` : '';
  return `${kind}: ${what}: ${ids.slice(0, mostIds).join(', ')}${more}`;
};
