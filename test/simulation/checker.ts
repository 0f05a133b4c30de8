/** Judges a run by its journal alone: I1–I9 of docs/guarantees.md. */
import { coordinateKey, lastHeader, textOf, type Coordinates } from '../../lib/core/record.ts';
import { isSettled, laterVerdict, type Verdict } from '../../lib/core/verdict.ts';
import { bytesOfBinaryText } from '../../lib/core/ledger/stored-record.ts';
import type { LoggedRecord } from '../../lib/core/ports/event-log.ts';
import type { SimDecision, SimState } from './domain.ts';
import type { Entry, StageId } from './journal.ts';
import { mostTries, type Ran } from './scenario.ts';

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

/** All that is wrong with a run; none: it kept every promise. */
export const check = (ran: Ran): readonly Violation[] => {
  if (!ran.isSettled)
    return [{ invariant: 'I7', what: `not everything came to rest: ${openKeys(ran).join(', ')}` }];
  return [
    ...accounting(ran),
    ...effects(ran),
    ...frozen(ran),
    ...folds(ran),
    ...outputs(ran),
    ...owners(ran),
    ...unfinishedKeys(ran),
    ...replays(ran),
    ...isolation(ran),
    ...switches(ran),
    ...waits(ran),
    ...contexts(ran),
    ...versions(ran),
  ];
};

const header = (record: Pick<LoggedRecord, 'headers'>, name: string): string | undefined => {
  const value = lastHeader(record.headers, name);
  return value === undefined ? undefined : textOf(value);
};

const recordsIn = ({ broker }: Ran, ending: string): readonly LoggedRecord[] =>
  [...broker.topics]
    .filter(([name]) => name.endsWith(ending))
    .flatMap(([, topic]) => topic.partitions.flat());

const openKeys = ({ stores }: Ran): readonly string[] =>
  [...stores.claims.values(), ...stores.effects.values()]
    .filter(({ state }) => state === 'CLAIMED' || state === 'RELEASED')
    .map(({ key, state }) => `${state} ${key}`);

/** The verdicts of each stage's coordinates. */
const verdictsOf = (ran: Ran, stage: StageId): ReadonlyMap<string, { at: Coordinates; verdict: Verdict }> => {
  const known = new Map<string, { at: Coordinates; verdict: Verdict }>();
  for (const entry of ran.journal.of('verdict')) {
    if (entry.stage !== stage) continue;
    const key = coordinateKey(entry.at);
    known.set(key, { at: entry.at, verdict: laterVerdict(known.get(key)?.verdict, entry.verdict) });
  }
  return known;
};

/** I1, and the half of I5 that is about the commit: nothing is committed that has no verdict yet. */
const accounting = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const seen = new Map<string, Verdict>();
  const committed = new Map<string, number>();
  for (const entry of ran.journal.entries) {
    if (entry.kind === 'verdict') {
      const key = `${entry.stage} ${coordinateKey(entry.at)}`;
      seen.set(key, laterVerdict(seen.get(key), entry.verdict));
    }
    if (entry.kind !== 'committed') continue;
    const partition = `${entry.stage} ${entry.topicId}/${entry.partition}`;
    const from = committed.get(partition) ?? 0;
    for (let offset = from; offset < entry.offset; offset += 1) {
      const verdict = seen.get(`${partition}/${offset}`);
      if (verdict === undefined || !isSettled(verdict))
        violations.push({
          invariant: 'I5',
          what: `${partition}/${offset} was committed without a verdict (${verdict?.kind})`,
        });
    }
    committed.set(partition, Math.max(from, entry.offset));
  }
  return violations;
};

/** I2. */
const effects = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const requests = ran.journal.of('request');
  const keysOf = new Map<string, Set<string>>();
  const bodies = new Map<string, Set<string>>();
  for (const { key, body } of requests) {
    const { n, part } = JSON.parse(body) as SimDecision;
    keysOf.set(`${n}.${part}`, (keysOf.get(`${n}.${part}`) ?? new Set()).add(key));
    bodies.set(key, (bodies.get(key) ?? new Set()).add(body));
  }
  for (const [event, keys] of keysOf)
    if (keys.size > 1)
      violations.push({ invariant: 'I2', what: `${event} was sent under ${keys.size} keys` });
  for (const [key, sent] of bodies)
    if (sent.size > 1)
      violations.push({ invariant: 'I2', what: `${key} was sent with ${sent.size} different bodies` });
  if (ran.variant.effect === 'at-most-once')
    for (const key of bodies.keys()) {
      const open = requests.filter((request) => request.key === key && !request.refused);
      if (open.length > 1)
        violations.push({
          invariant: 'I2',
          what: `${key} went out ${open.length} times, at most once was promised`,
        });
    }
  return [...violations, ...endsThatLie(ran)];
};

/** An effect that may have happened must never be settled as if it had not. */
const endsThatLie = (ran: Ran): readonly Violation[] => {
  const sent = new Set<string>();
  const violations: Violation[] = [];
  for (const entry of ran.journal.entries) {
    if (entry.kind === 'request' && !entry.refused) sent.add(eventOfBody(entry.body));
    if (entry.kind !== 'ledger' || entry.store !== 'effects' || entry.after.work.kind !== 'run') continue;
    const isDenied = ['fail', 'suppress', 'putBack'].includes(entry.transition);
    if (isDenied && sent.has(eventOfBody(entry.after.work.request)))
      violations.push({
        invariant: 'I2',
        what: `${entry.key} ended ${entry.after.state} although its request may be out`,
      });
  }
  return violations;
};

const eventOfBody = (body: string): string => {
  const { n, part } = JSON.parse(body) as SimDecision;
  return `${n}.${part}`;
};

/** I3: what was emitted under one identity is the same bytes, and is what is stored. */
const frozen = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const bytesOf = (record: LoggedRecord): string =>
    JSON.stringify([
      textOf(record.value ?? new Uint8Array()),
      record.headers.map(({ name, value }) => [name, textOf(value)]),
    ]);
  const emitted = new Map<string, Set<string>>();
  const remember = (identity: string, record: LoggedRecord): void => {
    emitted.set(identity, (emitted.get(identity) ?? new Set()).add(bytesOf(record)));
  };
  for (const record of recordsIn(ran, '.decision')) remember(`decision ${header(record, 'ce_id')}`, record);
  for (const record of recordsIn(ran, '.outcome')) {
    const { revision } = JSON.parse(textOf(record.value ?? new Uint8Array())) as { revision: number };
    remember(
      `outcome ${header(record, 'ce_source')} ${header(record, 'ce_id')} revision ${revision}`,
      record,
    );
  }
  for (const record of [...recordsIn(ran, '.vector.dlq'), ...recordsIn(ran, '.decision.dlq')]) {
    // An identity conflict has no item of its own to be frozen in: its letter is made anew, to the same effect.
    const reason = header(record, 'freshet.reason');
    if (reason !== undefined && reason !== 'identity-conflict' && reason !== 'horizon')
      remember(`letter ${header(record, 'freshet.letter.id')}`, record);
  }
  for (const [identity, versions] of emitted)
    if (versions.size > 1)
      violations.push({ invariant: 'I3', what: `${identity} was emitted in ${versions.size} versions` });
  for (const [name, items] of [['decision', ran.stores.claims] as const])
    for (const item of items.values()) {
      const [stored] = item.emits;
      if (item.state !== 'DONE' || stored === undefined) continue;
      const id = stored.headers.find(([key]) => key === 'ce_id')?.[1];
      const isStored = [...(emitted.get(`${name} ${id}`) ?? [])].every((version) =>
        version.startsWith(JSON.stringify([textOf(bytesOfBinaryText(stored.value ?? ''))]).slice(0, -1)),
      );
      if (!isStored)
        violations.push({ invariant: 'I3', what: `${name} ${id} was emitted, but something else is stored` });
    }
  return violations;
};

/** Coordinates that have a dead letter. */
const lettersOf = (ran: Ran, ending: string): ReadonlySet<string> =>
  new Set(
    recordsIn(ran, ending).map((record) =>
      [
        header(record, 'freshet.topic.id'),
        header(record, '__connect.errors.partition'),
        header(record, '__connect.errors.offset'),
      ].join('/'),
    ),
  );

const entityState = (ran: Ran): ReadonlyMap<string, SimState> =>
  new Map(
    [...ran.stores.rows].map(([entity, { body }]) => [
      entity,
      (JSON.parse(body) as { state: SimState }).state,
    ]),
  );

/** What was folded into a row. Its state is stored as text within the row's. */
const foldedIn = (ran: Ran, entity: string): readonly number[] => entityState(ran).get(entity)?.folded ?? [];

/** I4: each event once, in the order of offsets but for what was redriven; and every event that could be folded was. */
const folds = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const verdicts = verdictsOf(ran, 'features');
  const events = ran.published.filter(({ isFact }) => !isFact);
  const lettered = lettersOf(ran, 'happened.dlq');
  for (const [entity, { folded }] of entityState(ran)) {
    const once = new Set(folded);
    if (once.size !== folded.length)
      violations.push({ invariant: 'I4', what: `row ${entity} folded an event twice: ${folded.join(' ')}` });
    const order = folded.filter((n) => {
      const copies = events.filter(({ event }) => event.n === n);
      return copies.every((copy) => !lettered.has(coordinateKey(copy)));
    });
    if (order.some((n, index) => index > 0 && n < order[index - 1]!))
      violations.push({ invariant: 'I4', what: `row ${entity} folded out of order: ${folded.join(' ')}` });
  }
  for (const [entity, { body }] of ran.stores.rows)
    for (const hole of (JSON.parse(body) as { holes: readonly Omit<Coordinates, 'topic'>[] }).holes) {
      const event = events.find((other) => coordinateKey(other) === coordinateKey(hole))?.event;
      if (
        event &&
        foldedIn(ran, entity).includes(event.n) &&
        events.filter(({ event: { n } }) => n === event.n).length === 1
      )
        violations.push({
          invariant: 'I4',
          what: `event ${event.n} is folded, and its hole in row ${entity} still open`,
        });
    }
  const folded = new Set([...entityState(ran).values()].flatMap((state) => state.folded));
  for (const { event, topicId, partition, offset } of events) {
    const verdict = verdicts.get(`${topicId}/${partition}/${offset}`)?.verdict;
    const isFolded = verdict?.kind === 'done' || verdict?.kind === 'state-only';
    if (isFolded && !folded.has(event.n))
      violations.push({ invariant: 'I4', what: `event ${event.n} is ${verdict.kind} and in no row` });
    if (verdict?.kind !== 'fenced') continue;
    // Fenced for good: then the same identity, or the same event, is in the row or in a letter.
    const twins = events.filter(({ id }) => id === events.find((other) => other.event === event)?.id);
    const isKnown = twins.some((twin) => folded.has(twin.event.n) || lettered.has(coordinateKey(twin)));
    if (!isKnown)
      violations.push({
        invariant: 'I4',
        what: `event ${event.n} is fenced, and neither folded nor a letter`,
      });
  }
  for (const { record, stage, topicId, tries } of ran.redriven) {
    if (stage !== 'features' || tries > mostTries) continue;
    const { partition, offset } = record;
    const source = events.find(
      (event) => event.topicId === topicId && event.partition === partition && event.offset === offset,
    );
    const row = [...ran.stores.rows.values()].some(({ body }) =>
      (JSON.parse(body) as { holes: { topicId: string; partition: number; offset: number }[] }).holes.some(
        (hole) => hole.topicId === topicId && hole.partition === partition && hole.offset === offset,
      ),
    );
    const fates = source?.event;
    const isMendable = fates?.broken === true && events.filter(({ id }) => id === source?.id).length === 1;
    if (isMendable && !row && !folded.has(fates.n))
      violations.push({
        invariant: 'I4',
        what: `letter of event ${fates.n} was redriven, and is neither folded nor a hole`,
      });
  }
  return violations;
};

/** The other half of I5: what is done has its output in the log, what is dead-lettered its letter. */
const outputs = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const caused = (ending: string): ReadonlySet<string> =>
    new Set(recordsIn(ran, ending).map((record) => header(record, 'ce_causationid') ?? ''));
  const inputs = new Map<string, LoggedRecord>();
  for (const { topicId, record } of ran.journal.of('appended'))
    inputs.set(`${topicId}/${record.partition}/${record.offset}`, record);
  const flow: readonly (readonly [StageId, string, string])[] = [
    ['features', '.vector', 'happened.dlq'],
    ['inference', '.decision', '.vector.dlq'],
    ['action', '.outcome', '.decision.dlq'],
  ];
  for (const [stage, output, deadLetters] of flow) {
    const [made, lettered] = [caused(output), lettersOf(ran, deadLetters)];
    const answeredKeys = new Map<string, boolean>();
    for (const [key, { verdict }] of verdictsOf(ran, stage)) {
      const record = inputs.get(key);
      const identity = record && `${header(record, 'ce_source')}#${header(record, 'ce_id')}`;
      if (record === undefined || identity === undefined) continue;
      if (verdict.kind === 'done' && !made.has(identity))
        violations.push({
          invariant: 'I5',
          what: `${stage} ${key} is done, and ${output} has nothing of it`,
        });
      if (stage !== 'features' && (verdict.kind === 'dead-lettered' || verdict.kind === 'in-doubt')) {
        answeredKeys.set(identity, (answeredKeys.get(identity) ?? false) || lettered.has(key));
      }
      if (stage === 'features' && verdict.kind === 'dead-lettered' && !lettered.has(key))
        violations.push({ invariant: 'I5', what: `${stage} ${key} is dead-lettered without a letter` });
    }
    // Records of one key share the letter of the first.
    for (const [identity, hasLetter] of answeredKeys)
      if (!hasLetter)
        violations.push({ invariant: 'I5', what: `${stage} ${identity} is dead-lettered without a letter` });
  }
  // Every vector that was made is decided on, or has a letter, or was suppressed.
  return violations;
};

/** I6: whoever settles or releases a claim is who took it. */
const owners = (ran: Ran): readonly Violation[] => {
  const holder = new Map<string, string>();
  const violations: Violation[] = [];
  for (const entry of ran.journal.of('ledger')) {
    const key = `${entry.store} ${entry.key}`;
    switch (entry.transition) {
      case 'claim':
      case 'reclaim':
      case 'takeOver':
      case 'reopen':
        if (entry.transition !== 'takeOver' && entry.before?.state === 'CLAIMED')
          violations.push({
            invariant: 'I6',
            what: `${key} was claimed by ${entry.actor} although ${holder.get(key)} held it`,
          });
        holder.set(key, entry.actor);
        break;
      case 'arm':
      case 'complete':
      case 'suppress':
      case 'putBack':
      case 'release':
      case 'fail':
      case 'doubt':
        if (holder.get(key) !== entry.actor)
          violations.push({
            invariant: 'I6',
            what: `${entry.transition} of ${key} by ${entry.actor}, held by ${holder.get(key)}`,
          });
        break;
      case 'abandon':
      case 'addEvidence':
      case 'resolve':
        break;
    }
  }
  return violations;
};

/** The half of I7 that is about keys: none is left half done, but what a mapping gave up on. */
const unfinishedKeys = (ran: Ran): readonly Violation[] => {
  const gaveUp = ran.journal.of('verdict').some(({ verdict }) => verdict.kind === 'mapping-gave-up');
  return gaveUp
    ? []
    : openKeys(ran).map((key) => ({ invariant: 'I7' as const, what: `left unfinished: ${key}` }));
};

/** I8: consuming finished keys once more sends nothing, decides nothing anew and folds nothing. */
const replays = (ran: Ran): readonly Violation[] => {
  if (ran.replayedFrom === undefined) return [];
  const later = ran.journal.entries.slice(ran.replayedFrom);
  const sent = later.filter((entry) => entry.kind === 'request');
  const rows = later.filter((entry) => entry.kind === 'row');
  const settled = later.filter((entry) => entry.kind === 'ledger');
  const gaveUp = ran.journal.of('verdict').some(({ verdict }) => verdict.kind === 'mapping-gave-up');
  if (gaveUp) return [];
  return [
    ...sent.map(({ actor }) => ({
      invariant: 'I8' as const,
      what: `${actor} sent a request in a replay of finished keys`,
    })),
    ...rows.map(({ actor }) => ({ invariant: 'I8' as const, what: `${actor} wrote a row in a replay` })),
    ...settled.map((entry) => ({
      invariant: 'I8' as const,
      what: `${entry.actor} changed a finished key in a replay (${entry.kind === 'ledger' ? `${entry.transition} ${entry.key}` : ''})`,
    })),
  ];
};

/** I9: who shares a batch with a record that kills its worker is not given up on. */
const isolation = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const inputs = new Map<string, LoggedRecord>();
  for (const { topicId, record } of ran.journal.of('appended'))
    inputs.set(`${topicId}/${record.partition}/${record.offset}`, record);
  for (const stage of ['features', 'inference', 'action'] as const)
    for (const [key, { verdict }] of verdictsOf(ran, stage)) {
      const record = inputs.get(key);
      const data = record?.value
        ? (JSON.parse(textOf(record.value)) as { kills?: string | null; n: number })
        : undefined;
      const isGivenUp = verdict.kind === 'mapping-gave-up';
      if (
        isGivenUp &&
        ran.isBisecting &&
        data &&
        (data.kills ?? null) === null &&
        !ran.world.faults.has('recreate')
      )
        violations.push({ invariant: 'I9', what: `${stage} ${key} was given up on, and killed nobody` });
    }
  return violations;
};

/** The kill switch and the limit precede every send, also a resend. */
const switches = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const claimedAt = new Map<string, number>();
  const readAt = new Map<string, number>();
  const granted = new Map<string, number>();
  const sent = new Map<string, number>();
  for (const entry of ran.journal.entries) {
    if (
      entry.kind === 'ledger' &&
      entry.store === 'effects' &&
      ['claim', 'reclaim', 'takeOver', 'reopen'].includes(entry.transition)
    )
      claimedAt.set(entry.actor, entry.seq);
    if (entry.kind === 'switch-read') {
      if (entry.paused) readAt.delete(entry.actor);
      else readAt.set(entry.actor, entry.seq);
    }
    if (entry.kind === 'reserved') granted.set(entry.actor, (granted.get(entry.actor) ?? 0) + entry.granted);
    if (entry.kind !== 'request') continue;
    sent.set(entry.actor, (sent.get(entry.actor) ?? 0) + 1);
    if ((readAt.get(entry.actor) ?? -1) < (claimedAt.get(entry.actor) ?? 0))
      violations.push({
        invariant: 'switch',
        what: `${entry.actor} sent without asking the kill switch after its claim`,
      });
    if (ran.variant.limited && (sent.get(entry.actor) ?? 0) > (granted.get(entry.actor) ?? 0))
      violations.push({ invariant: 'limit', what: `${entry.actor} sent more than was granted` });
  }
  return violations;
};

/** Unfinished records are handed back only after a wait, and the wait comes when everything else is out. */
const waits = (ran: Ran): readonly Violation[] => {
  const last = new Map<string, Extract<Entry, { kind: 'waited' | 'worked' }>>();
  const violations: Violation[] = [];
  for (const entry of ran.journal.entries) {
    if (entry.kind === 'waited' || entry.kind === 'worked') last.set(entry.actor, entry);
    if (entry.kind !== 'responded' || entry.unfinished === 0 || entry.leftMs < 3_000) continue;
    const before = last.get(entry.actor);
    if (before?.kind !== 'waited' || before.ms < 1_000)
      violations.push({
        invariant: 'wait',
        what: `${entry.actor} answered ${entry.unfinished} unfinished records without a wait at the end`,
      });
  }
  return violations;
};

/** A vector that is emitted again was made from the same version of its row, unless a redrive, a new schema or a new topic came in between. */
const versions = (ran: Ran): readonly Violation[] => {
  const mayDiffer =
    ran.redriven.some(({ stage }) => stage === 'features') ||
    ran.published.some(({ event }) => event.broken) ||
    ran.world.faults.has('recreate');
  if (mayDiffer) return [];
  const known = new Map<string, string | undefined>();
  const violations: Violation[] = [];
  for (const record of recordsIn(ran, '.vector')) {
    const id = header(record, 'ce_id') ?? '';
    const version = header(record, 'ce_rowversion');
    if (known.has(id) && known.get(id) !== version)
      violations.push({
        invariant: 'I3',
        what: `vector ${id} was made from row versions ${known.get(id)} and ${version}`,
      });
    known.set(id, version);
  }
  return violations;
};

/** Nothing leaks from the future. */
const contexts = (ran: Ran): readonly Violation[] =>
  recordsIn(ran, '.vector').flatMap((record) => {
    const { at, factAt, n } = JSON.parse(textOf(record.value ?? new Uint8Array())) as {
      at: string;
      factAt: string | null;
      n: number;
    };
    return factAt !== null && Date.parse(factAt) > Date.parse(at)
      ? [{ invariant: 'context' as const, what: `the vector of event ${n} saw a fact of the future` }]
      : [];
  });
