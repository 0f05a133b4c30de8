/** I4: rows, and what was made from them. */
import { coordinateKey, textOf, type Coordinates } from '../../../lib/core/record.ts';
import { mostTries } from '../operator.ts';
import type { Ran } from '../scenario.ts';
import {
  header,
  recordsIn,
  verdictsOf,
  lettersOf,
  entityState,
  foldedIn,
  type Violation,
} from './evidence.ts';

/** I4: each event once, in the order of offsets but for what was redriven; and every event that could be folded was. */
export const folds = (ran: Ran): readonly Violation[] => {
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

/** A vector that is emitted again was made from the same version of its row, unless a redrive, a new schema or a new topic came in between. */
export const versions = (ran: Ran): readonly Violation[] => {
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
export const contexts = (ran: Ran): readonly Violation[] =>
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
