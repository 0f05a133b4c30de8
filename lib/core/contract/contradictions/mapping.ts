import type { Problem } from '../../errors.ts';
import { describeDuration, parseInstant } from '../../units.ts';
import { got } from '../form/form.ts';
import type { StageView } from './stages-of.ts';

const time = (ms: number): string => describeDuration({ ms });
const within = (value: number, least: number, most: number): boolean => value >= least && value <= most;

const largestBatch = 10_000;
const defaultWindowMs = 500;
const longestWindowMs = 300_000;
const mostRetries = 10_000;
const shortestAgeMs = 60_000;
const longestAgeMs = 7 * 86_400_000;
const mostMinPollers = 200;
const mostMaxPollers = 2_000;

type Check = (view: StageView, path: string) => readonly Problem[];

const batching: Check = ({ stage: { mapping } }, path) => {
  const problems: Problem[] = [];
  if (!within(mapping.batchSize, 1, largestBatch))
    problems.push({
      path: `${path}.batchSize`,
      got: String(mapping.batchSize),
      expected: `1 to ${largestBatch} records`,
      fix: 'write a number in that range',
    });
  const { windowMs } = mapping;
  if (windowMs !== defaultWindowMs && (windowMs % 1_000 !== 0 || !within(windowMs, 0, longestWindowMs)))
    problems.push({
      path: `${path}.window`,
      got: time(windowMs),
      expected: '500 ms, which is the default, or whole seconds from 0 to 300',
      fix: 'use one of those: Lambda takes no other window',
    });
  return problems;
};

const pollers: Check = ({ stage: { mapping }, reads, readsPath }, path) => {
  if (!mapping.pollers) return [];
  const { min, max } = mapping.pollers;
  const problems: Problem[] = [];
  if (!within(min, 1, mostMinPollers))
    problems.push({
      path: `${path}.pollers.min`,
      got: String(min),
      expected: `1 to ${mostMinPollers}`,
      fix: 'write a number in that range',
    });
  if (max < min || max > mostMaxPollers)
    problems.push({
      path: `${path}.pollers.max`,
      got: String(max),
      expected: `from min (${min}) to ${mostMaxPollers}`,
      fix: 'make it equal to min, which also avoids rebalances',
    });
  else if (max > reads.partitions && reads.partitions > 0)
    problems.push({
      path: `${path}.pollers.max`,
      got: String(max),
      expected: `at most one poller for each of the ${reads.partitions} partitions of ${reads.name}`,
      fix: `lower it, or raise ${readsPath}.partitions`,
    });
  return problems;
};

const start: Check = ({ written }, path) => {
  const { start: asked } = written.mapping;
  if (asked === 'LATEST')
    return [
      {
        path: `${path}.start`,
        got: "'LATEST'",
        expected:
          "'TRIM_HORIZON' or { at: … }: LATEST can miss records when the mapping is created or updated",
        fix: "use 'TRIM_HORIZON', or { at: '2026-01-01T00:00:00Z' } to leave out what is older",
      },
    ];
  if (typeof asked === 'object' && parseInstant(asked.at) === undefined)
    return [
      {
        path: `${path}.start.at`,
        got: got(asked.at),
        expected: 'an RFC 3339 time with a zone',
        fix: "write it as '2026-01-01T00:00:00Z'",
      },
    ];
  return [];
};

/** @see AWS Lambda developer guide, "kafka-scaling-modes": error controls are of provisioned mode alone; CDK does not refuse them */
const withoutProvisionedMode: Check = ({ written: { mapping } }, path) => {
  if (mapping.pollers !== 'on-demand') return [];
  const asked: readonly (readonly [name: string, value: string | undefined])[] = [
    [
      'retries',
      mapping.retries === undefined || mapping.retries === 'infinite' ? undefined : String(mapping.retries),
    ],
    [
      'maxAge',
      mapping.maxAge === undefined || mapping.maxAge === 'infinite' ? undefined : time(mapping.maxAge.ms),
    ],
    ['bisect', mapping.bisect === true ? 'true' : undefined],
    ['onFailure', mapping.onFailure === 'dead-letter-topic' ? got(mapping.onFailure) : undefined],
  ];
  return asked.flatMap(([name, value]) =>
    value === undefined
      ? []
      : [
          {
            path: `${path}.${name}`,
            got: `${value} with on-demand pollers`,
            expected: 'provisioned mode: on demand Lambda offers no error controls',
            fix: `set ${path}.pollers to { min: 1, max: 1 } or more, or leave ${name} out`,
          },
        ],
  );
};

const limits: Check = ({ stage: { mapping }, written, giveUp }, path) => {
  const { retries, maxAgeMs, minimumWaitMs } = mapping;
  const problems: Problem[] = [];
  if (retries !== -1 && !within(retries, 0, mostRetries))
    problems.push({
      path: `${path}.retries`,
      got: String(retries),
      expected: `0 to ${mostRetries}, or 'infinite'`,
      fix: 'write a number in that range',
    });
  if (maxAgeMs !== -1 && (!within(maxAgeMs, shortestAgeMs, longestAgeMs) || maxAgeMs % 1_000 !== 0))
    problems.push({
      path: `${path}.maxAge`,
      got: time(maxAgeMs),
      expected: "whole seconds from 60 s to 7 days, or 'infinite'",
      fix: 'write a duration in that range',
    });
  if (giveUp && retries !== -1 && minimumWaitMs > 0 && retries * minimumWaitMs < giveUp.afterMs)
    problems.push({
      path: `${path}.retries`,
      got: `${retries} retries × ${time(minimumWaitMs)} = ${time(retries * minimumWaitMs)}`,
      expected: `at least ${giveUp.path}.after, ${time(giveUp.afterMs)}: else the mapping drops what is still being tried`,
      fix: 'raise retries or minimumWait, or leave retries out',
    });
  if (giveUp && maxAgeMs !== -1 && maxAgeMs < giveUp.afterMs)
    problems.push({
      path: `${path}.maxAge`,
      got: time(maxAgeMs),
      expected: `at least ${giveUp.path}.after, ${time(giveUp.afterMs)}: else the mapping drops what is still being tried`,
      fix: 'raise maxAge, or give up sooner',
    });
  if (
    retries === -1 &&
    mapping.onFailure !== 'none' &&
    !(written.mapping.pollers === 'on-demand' && mapping.onFailure === 'dead-letter-topic')
  )
    problems.push({
      path: `${path}.onFailure`,
      got: `infinite retries and the destination ${got(mapping.onFailure)}`,
      expected: 'one or the other: with a destination Lambda silently caps infinite retries at 10',
      fix: `give a number of retries, or set ${path}.onFailure to 'none'`,
    });
  return problems;
};

const checks = [batching, pollers, start, withoutProvisionedMode, limits];

/** What Lambda's event source mapping for Kafka does not allow, or allows and then does otherwise. */
export const mappingProblems = (stages: readonly StageView[]): readonly Problem[] =>
  stages.flatMap((view) => checks.flatMap((check) => check(view, `${view.path}.mapping`)));
