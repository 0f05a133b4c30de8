import type { Problem } from '../../errors.ts';
import type { AnyTriggerOptions } from '../options.ts';
import type { ResolvedContract } from '../resolved.ts';
import { formatProblems } from './formats.ts';
import { mappingProblems } from './mapping.ts';
import { namingProblems } from './naming.ts';
import { numberProblems } from './numbers.ts';
import { retentionProblems } from './retention.ts';
import { sourceProblems } from './sources.ts';
import { stagesOf } from './stages-of.ts';
import { timingProblems } from './timing.ts';

/** Everything in which a contract contradicts itself, Kafka, or Lambda. */
export const contradictionsOf = (
  options: AnyTriggerOptions,
  resolved: ResolvedContract,
): readonly Problem[] => {
  const stages = stagesOf(options, resolved);
  const numbers = numberProblems(options);
  const noNumber = new Set(numbers.map(({ path }) => path));
  return [
    ...namingProblems(options, resolved, stages),
    ...sourceProblems(resolved),
    ...formatProblems(resolved),
    ...numbers,
    // What is no number at all breaks every rule about numbers: it is told once.
    ...[
      ...timingProblems(options, resolved, stages),
      ...mappingProblems(stages),
      ...retentionProblems(options, resolved),
    ].filter(({ path }) => !noNumber.has(path)),
  ];
};
