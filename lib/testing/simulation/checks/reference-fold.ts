/** I4, for a pipeline whose states mean nothing to the simulation: each row is what its events come to, one after the other. */
import { canonicalJson } from '../../../core/digest.ts';
import { coordinateKey } from '../../../core/record.ts';
import type { FeaturesStage } from '../../../core/stages/features.ts';
import { firstDifference } from '../../difference.ts';
import type { Published } from '../publishing.ts';
import type { Ran } from '../ran.ts';
import { letteredIn, rowsOf, verdictsOf, type Violation } from './evidence.ts';

export const rowsAreFolds = (ran: Ran, stage: FeaturesStage): readonly Violation[] => {
  const events = ran.published.filter(({ context }) => context === undefined);
  const verdicts = verdictsOf(ran, 'features');
  // What a mapping gave up on, and what stood in a topic that is gone, may or may not have been folded.
  const isUnknown =
    ran.world.faults.has('recreate') ||
    [...verdicts.values()].some(({ verdict }) => verdict.kind === 'mapping-gave-up');
  if (isUnknown) return [];
  const lettered = letteredIn(ran, ran.contract.source);
  const isFolded = (event: Published): boolean =>
    !lettered.has(coordinateKey(event)) && verdicts.get(coordinateKey(event))?.verdict.kind !== 'ignored';
  const rows = rowsOf(ran);
  return [...Map.groupBy(events.filter(isFolded), ({ entity }) => entity)].flatMap(([entity, own]) => {
    const once = [...new Map(own.toReversed().map((event) => [event.id, event])).values()].toReversed();
    const row = rows.get(entity);
    const expected = { version: once.length, state: foldedBy(stage, once) };
    const difference = firstDifference(expected, row && { version: row.version, state: row.state });
    return difference
      ? [
          {
            invariant: 'I4' as const,
            what: `the row of ${entity} is not what its events come to, folded one after the other: ${difference.path} must be ${difference.expected} and is ${difference.got}`,
          },
        ]
      : [];
  });
};

const foldedBy = (stage: FeaturesStage, events: readonly Published[]): unknown =>
  events.reduce<unknown>(
    (state, { type, event }) =>
      JSON.parse(canonicalJson(stage.on[type]?.fold(state, structuredClone(event)))),
    JSON.parse(canonicalJson(stage.initial)),
  );
