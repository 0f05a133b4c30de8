import type { PageState, Percentiles } from '../../protocol/page-state.ts';
import { heldUpBy } from '../picture/slowest-segment.ts';
import { counted, duration, durationOr } from '../parts/format.ts';

/** What was late stays told for a while after it has healed. */
const missed = (fresh: Percentiles | null, targetMs: number): string =>
  fresh !== null && fresh.p99 > targetMs
    ? `misses the target of ${duration(targetMs)} (p99 ${duration(fresh.p99)})`
    : `lately missed the target of ${duration(targetMs)}`;

/** What is wrong, each in a sentence; nothing of it is said by colour alone. */
export const troublesOf = ({ stages, target, contexts, controls, books }: PageState): readonly string[] => [
  ...stages.flatMap(({ name, reads, brokenBy, trouble, freshnessMs, firstUncommittedMs, segmentsMs }) => [
    ...(firstUncommittedMs > target.ms
      ? [
          `${name} is behind: the oldest record of ${reads} waits for ${duration(firstUncommittedMs)}, held up by ${name}.${heldUpBy({ segmentsMs })}; the target is ${duration(target.ms)}.`,
        ]
      : []),
    ...(brokenBy === null
      ? []
      : [`${name} ${missed(freshnessMs, target.ms)}: most of the time goes to ${brokenBy}.`]),
    ...(trouble === null ? [] : [`${name}: ${trouble}`]),
  ]),
  ...contexts
    .filter(({ oldestAgeMs, maxAgeMs }) => oldestAgeMs !== null && oldestAgeMs > maxAgeMs)
    .map(
      ({ name, oldestAgeMs, maxAgeMs }) =>
        `Context ${name} is stale: its oldest key is ${durationOr(oldestAgeMs)} behind, at most ${duration(maxAgeMs)} are allowed.`,
    ),
  ...(controls.receiver === 'dropped'
    ? ['The receiver is dropped: requests fail and are sent again until it answers.']
    : []),
  ...(controls.isActionPaused ? ['Action is paused: decisions wait in their topic.'] : []),
  ...(controls.modelDelayMs > 0
    ? [`Each call of the model takes ${duration(controls.modelDelayMs)} longer.`]
    : []),
  ...(books.effects.inDoubt > 0
    ? [`${counted(books.effects.inDoubt, 'effect')} in doubt: see dead letters and doubts.`]
    : []),
];
