/** What must hold of the simulation's own pipeline: its events, states and requests have numbers. */
import { coordinateKey, textOf } from '../../lib/core/record.ts';
import {
  letteredIn,
  recordsIn,
  rowsOf,
  verdictsOf,
  type Violation,
} from '../../lib/testing/simulation/checks/evidence.ts';
import { mostTries } from '../../lib/testing/simulation/operator.ts';
import type { Ran } from '../../lib/testing/simulation/ran.ts';
import type { SimDecision, SimEvent, SimState } from './events.ts';

/** I4: each event once, in the order of offsets but for what was redriven; and every event that could be folded was. */
export const folds = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const verdicts = verdictsOf(ran, 'features');
  const events = ran.published
    .filter(({ context }) => context === undefined)
    .map((one) => ({ ...one, event: one.event as SimEvent }));
  const lettered = letteredIn(ran, ran.contract.source);
  const rows = new Map(
    [...rowsOf(ran)].map(([entity, { state, holes }]) => [entity, { state: state as SimState, holes }]),
  );
  for (const [entity, { state }] of rows) {
    const { folded } = state;
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
  for (const [entity, { holes, state }] of rows)
    for (const hole of holes) {
      const event = events.find((other) => coordinateKey(other) === coordinateKey(hole))?.event;
      if (
        event &&
        state.folded.includes(event.n) &&
        events.filter(({ event: { n } }) => n === event.n).length === 1
      )
        violations.push({
          invariant: 'I4',
          what: `event ${event.n} is folded, and its hole in row ${entity} still open`,
        });
    }
  const folded = new Set([...rows.values()].flatMap(({ state }) => state.folded));
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
  const givenUp = new Set(
    ran.journal
      .of('verdict')
      .filter((entry) => entry.stage === 'features' && entry.verdict.kind === 'mapping-gave-up')
      .map(({ at }) => coordinateKey(at)),
  );
  for (const { record, stage, topicId, number, tries } of ran.redriven) {
    // A letter of the mapping has no hole, and opens none.
    if (stage !== 'features' || number === 0 || tries > mostTries) continue;
    const { partition, offset } = record;
    const source = events.find(
      (event) => event.topicId === topicId && event.partition === partition && event.offset === offset,
    );
    const isOpen = [...rows.values()].some(({ holes }) =>
      holes.some(
        (hole) => hole.topicId === topicId && hole.partition === partition && hole.offset === offset,
      ),
    );
    const fates = source?.event;
    // What its mapping gave up on before the row was written left a letter and no hole.
    const isGivenUp = givenUp.has(coordinateKey({ topicId, partition, offset }));
    const isAlone = events.filter(({ id }) => id === source?.id).length === 1;
    const isMendable = fates?.broken === true && isAlone && !isGivenUp;
    if (isMendable && !isOpen && !folded.has(fates.n))
      violations.push({
        invariant: 'I4',
        what: `letter of event ${fates.n} was redriven, and is neither folded nor a hole`,
      });
  }
  return violations;
};

/** Nothing leaks from the future. */
export const contexts = (ran: Ran): readonly Violation[] =>
  recordsIn(ran, ran.contract.vectors).flatMap((record) => {
    const { at, factAt, n } = JSON.parse(textOf(record.value ?? new Uint8Array())) as {
      at: string;
      factAt: string | null;
      n: number;
    };
    return factAt !== null && Date.parse(factAt) > Date.parse(at)
      ? [{ invariant: 'context' as const, what: `the vector of event ${n} saw a fact of the future` }]
      : [];
  });

/** I2: one decision, one key. */
export const keys = (ran: Ran): readonly Violation[] => {
  const keysOf = new Map<string, Set<string>>();
  for (const { key, body } of ran.journal.of('request')) {
    const { n, part } = JSON.parse(body) as SimDecision;
    keysOf.set(`${n}.${part}`, (keysOf.get(`${n}.${part}`) ?? new Set()).add(key));
  }
  return [...keysOf]
    .filter(([, sent]) => sent.size > 1)
    .map(([event, sent]) => ({ invariant: 'I2', what: `${event} was sent under ${sent.size} keys` }));
};
