import type { Problem } from '../../errors.ts';
import { describeDuration } from '../../units.ts';
import type { AnyTriggerOptions } from '../options.ts';
import type { ResolvedContract } from '../resolved.ts';
import type { StageView } from './stages-of.ts';

const time = (ms: number): string => describeDuration({ ms });

const longestTimeoutMs = 14 * 60_000;

const objectiveProblems = ({ freshness, alarms }: ResolvedContract): readonly Problem[] => {
  const { objective } = freshness;
  if (!(objective > 0 && objective < 1))
    return [
      {
        path: 'freshness.objective',
        got: String(objective),
        expected: 'a share between 0 and 1, both excluded',
        fix: 'write 0.99 for 99 %; an objective of 1 has no error budget to burn',
      },
    ];
  const factors: readonly (readonly [string, number])[] = [
    ['alarms.pageAt[0]', alarms.pageAt[0]],
    ['alarms.pageAt[1]', alarms.pageAt[1]],
    ['alarms.ticketAt', alarms.ticketAt],
  ];
  return factors
    .filter(([, factor]) => factor * (1 - objective) >= 1)
    .map(([path, factor]) => ({
      path,
      got: `${factor} × (1 − ${objective}) = ${Number((factor * (1 - objective)).toFixed(4))}`,
      expected: 'less than 1: a share of bad events above 1 never comes, and the alarm would never fire',
      fix: `raise freshness.objective, or lower it below ${Number((1 / (1 - objective)).toFixed(2))}`,
    }));
};

const hopProblems = (resolved: ResolvedContract, stages: readonly StageView[]): readonly Problem[] => {
  const hops = stages
    .filter(({ path }) => !path.startsWith('context.'))
    .map(({ path, stage: { budget, mapping } }) => {
      const parts = [mapping.windowMs, budget.fetchMs, budget.processMs, budget.externalMs, budget.emitMs];
      return { path, parts, sumMs: parts.reduce((sum, part) => sum + part, 0) };
    });
  const sumMs = hops.reduce((sum, hop) => sum + hop.sumMs, 0);
  if (!(sumMs > resolved.freshness.targetMs)) return [];
  const shown = hops.map(({ path, parts }) => `${path} ${parts.join(' + ')}`).join(', ');
  return [
    {
      path: 'freshness.target',
      got: `hops of ${sumMs} ms (window + fetch + process + external + emit: ${shown})`,
      expected: `at most the target, ${resolved.freshness.targetMs} ms`,
      fix: 'shorten budgets or windows (a window of 0 is the fastest), or raise the target',
    },
  ];
};

const stageProblems = ({ path, stage, written, calls }: StageView): readonly Problem[] => {
  const { budget, mapping } = stage;
  const problems: Problem[] = [];
  if (mapping.windowMs > budget.fetchMs)
    problems.push({
      path: `${path}.mapping.window`,
      got: time(mapping.windowMs),
      expected: `at most the fetch budget, ${time(budget.fetchMs)}`,
      fix: `shorten the window, or raise ${path}.budget.fetch`,
    });
  if (written.budget && !('ms' in written.budget) && written.budget.external && !calls)
    problems.push({
      path: `${path}.budget.external`,
      got: time(written.budget.external.ms),
      expected: 'none: this stage calls nothing outside',
      fix: 'leave it out',
    });
  const { processMs, externalMs, emitMs } = budget;
  const workMs = processMs + externalMs + emitMs;
  if (mapping.timeoutMs > longestTimeoutMs || mapping.timeoutMs < 1_000 || mapping.timeoutMs % 1_000 !== 0)
    problems.push({
      path: `${path}.mapping.timeout`,
      got: time(mapping.timeoutMs),
      expected: `whole seconds, from 1 s to ${time(longestTimeoutMs)}, the most that a mapping on Kafka allows`,
      fix: 'write a duration in that range',
    });
  else if (workMs > mapping.timeoutMs)
    problems.push({
      path: `${path}.budget`,
      got: `${time(workMs)} for process, external and emit`,
      expected: `at most the invocation's timeout, ${time(mapping.timeoutMs)}`,
      fix: `shorten the budget, or raise ${path}.mapping.timeout`,
    });
  else if (mapping.minimumWaitMs >= mapping.timeoutMs)
    problems.push({
      path: `${path}.mapping.minimumWait`,
      got: time(mapping.minimumWaitMs),
      expected: `less than the invocation's timeout, ${time(mapping.timeoutMs)}`,
      fix: `shorten the wait, or raise ${path}.mapping.timeout`,
    });
  if (written.budget && calls && 'ms' in written.budget && written.budget.ms > 0 && emitMs === 0)
    problems.push({
      path: `${path}.budget`,
      got: time(written.budget.ms),
      expected: 'enough to be split over process, external and emit',
      fix: 'give it at least 5 ms',
    });
  return problems;
};

const giveUpProblems = (resolved: ResolvedContract, options: AnyTriggerOptions): readonly Problem[] => {
  const { deadlineMs, inference, action } = resolved;
  const late = [
    { path: 'action', stage: action },
    // An inherited one is the action's, and told there if that suppresses too.
    ...(options.inference.giveUp || action.late !== 'suppress'
      ? [{ path: 'inference', stage: inference }]
      : []),
  ];
  return late
    .filter(({ stage }) => stage.late === 'suppress' && deadlineMs > 0 && stage.giveUp.afterMs > deadlineMs)
    .map(({ path, stage }) => ({
      path:
        path === 'inference' && !options.inference.giveUp ? 'action.giveUp.after' : `${path}.giveUp.after`,
      got: time(stage.giveUp.afterMs),
      expected: `at most the deadline, ${time(deadlineMs)}, where ${path}.late is 'suppress': what is late is not tried again`,
      fix: `give up sooner, or set ${path}.late to 'flag'`,
    }));
};

/** Times that contradict each other. */
export const timingProblems = (
  options: AnyTriggerOptions,
  resolved: ResolvedContract,
  stages: readonly StageView[],
): readonly Problem[] => {
  const { freshness, deadlineMs } = resolved;
  const problems: Problem[] = [...objectiveProblems(resolved)];
  if (deadlineMs < freshness.targetMs && Number.isFinite(freshness.targetMs))
    problems.push({
      path: 'deadline',
      got: time(deadlineMs),
      expected: `at least the target, ${time(freshness.targetMs)}: until then an event is on time`,
      fix: 'raise the deadline, or lower freshness.target',
    });
  problems.push(...hopProblems(resolved, stages), ...stages.flatMap(stageProblems));
  problems.push(...giveUpProblems(resolved, options));
  for (const [name, { maxAgeMs, historyMs }] of Object.entries(resolved.context))
    if (maxAgeMs > historyMs)
      problems.push({
        path: `context.${name}.maxAge`,
        got: time(maxAgeMs),
        expected: `at most the history, ${time(historyMs)}: what is older is not kept`,
        fix: `raise context.${name}.history, or lower maxAge`,
      });
  return problems;
};
