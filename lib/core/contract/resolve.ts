import { ConfigError, type Problem } from '../errors.ts';
import { millis } from '../units.ts';
import { resolveBudget } from './budget.ts';
import { contradictionsOf } from './contradictions/contradictions.ts';
import { leastKeyRetentionMs } from './contradictions/retention.ts';
import { resolveMapping } from './mapping.ts';
import { formProblems } from './form/trigger-form.ts';
import type { AnyTriggerOptions, BudgetOption, ContextOptions, MappingOptions } from './options.ts';
import { resolveSource, topicBetweenStages } from './resolve-topics.ts';
import type { ResolvedContext, ResolvedContract, ResolvedStage } from './resolved.ts';
import type { EventSchemas } from './topics.ts';
import { warningsOf } from './warnings.ts';

const defaultContextBudget = millis(500);

interface StageParts {
  readonly budget: BudgetOption;
  readonly mapping?: MappingOptions;
}

const resolveStage = (
  { budget, mapping: options }: StageParts,
  group: string,
  kind: 'calls' | 'computes',
  giveUpAfterMs: number,
): ResolvedStage => {
  const mapping = resolveMapping(options, group, giveUpAfterMs);
  return { budget: resolveBudget(budget, mapping.windowMs, kind), mapping };
};

const resolveContext = (options: ContextOptions<EventSchemas>, group: string): ResolvedContext => ({
  ...resolveStage({ ...options, budget: options.budget ?? defaultContextBudget }, group, 'computes', 0),
  source: resolveSource(options.source),
  maxAgeMs: options.maxAge.ms,
  historyMs: options.history.ms,
  whenStale: options.whenStale ?? 'flag',
});

const withDefaults = (options: AnyTriggerOptions): ResolvedContract => {
  const { pipeline, features, inference, action } = options;
  const source = resolveSource(options.source);
  const vectors = topicBetweenStages(source, pipeline, 'vector');
  const decisions = topicBetweenStages(source, pipeline, 'decision');
  const outcomes = topicBetweenStages(source, pipeline, 'outcome');
  const actionGiveUp = { afterMs: action.giveUp.after.ms, attempts: action.giveUp.attempts };
  const inferenceGiveUp = inference.giveUp
    ? { afterMs: inference.giveUp.after.ms, attempts: inference.giveUp.attempts }
    : actionGiveUp;
  return {
    pipeline,
    version: options.version,
    owner: options.owner,
    freshness: { targetMs: options.freshness.target.ms, objective: options.freshness.objective },
    deadlineMs: options.deadline.ms,
    source,
    context: Object.fromEntries(
      Object.entries(options.context ?? {}).map(([name, context]) => [
        name,
        resolveContext(context, `${pipeline}.context-${name}`),
      ]),
    ),
    features: {
      ...resolveStage(features, `${pipeline}.features`, 'computes', 0),
      row: features.row,
      output: features.output,
      memoryMs: features.memory.ms,
      foldVersion: features.foldVersion ?? 1,
      maxRowBytes: features.maxRowBytes ?? 350_000,
      recentIds: features.recentIds ?? 128,
      holes: features.holes ?? 64,
    },
    inference: {
      ...resolveStage(inference, `${pipeline}.inference`, 'calls', inferenceGiveUp.afterMs),
      output: inference.output,
      late: inference.late ?? 'flag',
      snapshot: inference.snapshot ?? 'reference',
      giveUp: inferenceGiveUp,
    },
    action: {
      ...resolveStage(action, `${pipeline}.action`, 'calls', actionGiveUp.afterMs),
      effect: action.effect.policy,
      late: action.late ?? 'suppress',
      limitPerMinute: action.limit?.perMinute ?? null,
      giveUp: actionGiveUp,
    },
    vectors,
    decisions,
    outcomes,
    largePayloads: options.largePayloads ?? 'dead-letter',
    keyRetentionMs: options.keyRetention?.ms ?? leastKeyRetentionMs([source, vectors, decisions, outcomes]),
    alarms: {
      lag: options.alarms?.lag ?? 5_000,
      pageAt: options.alarms?.pageAt ?? [14.4, 6],
      ticketAt: options.alarms?.ticketAt ?? 1,
    },
    warnings: [],
  };
};

const refused = (options: AnyTriggerOptions, problems: readonly Problem[]): ConfigError => {
  const pipeline: unknown = options?.pipeline;
  const name = typeof pipeline === 'string' && pipeline !== '' ? ` of "${pipeline}"` : '';
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new ConfigError('CONTRACT_INVALID', { message: `the contract${name} has ${count}:`, problems });
};

/**
 * Fills in every default, once, and refuses what contradicts itself.
 *
 * The stages' topics are `{domain}.{pipeline}.vector|decision|outcome`; groups are `{pipeline}.{stage}`, where a context's stage
 * is `context-<name>`; dead letters go to `{topic}.dlq`. The environment is added to all of these by the deployment.
 *
 * @throws {ConfigError} `CONTRACT_INVALID`, with every contradiction at once
 */
export const resolveContract = (options: AnyTriggerOptions): ResolvedContract => {
  const form = formProblems(options);
  // What lacks its members cannot be resolved; a member too many does not keep the rest from being judged.
  if (form.broken.length > 0) throw refused(options, [...form.broken, ...form.unknown]);
  const resolved = withDefaults(options);
  const problems = [...form.unknown, ...contradictionsOf(options, resolved)];
  if (problems.length > 0) throw refused(options, problems);
  return { ...resolved, warnings: warningsOf(options, resolved) };
};
