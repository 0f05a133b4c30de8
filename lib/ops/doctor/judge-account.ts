import type { AccountFacts } from '../../core/ports/aws-examination.ts';
import { groupIn, type ResolvedContract } from '../../core/contract/resolved.ts';
import { stageSources } from '../../core/contract/stage-sources.ts';
import type { Answered } from '../../core/ports/examination.ts';
import { findingsOn, whyNot, type Finding } from './finding.ts';

const area = 'account';

/** @see AWS Lambda developer guide, "kafka-scaling-modes" */
const invocationsPerPoller = 5;
/** Left to every other function of the account; Lambda refuses to reserve the last of them. */
const leftUnreserved = 100;

/** The most invocations that a pipeline's mappings run side by side: never more than a poller runs, nor than one a partition. */
export const mostInvocations = (contract: ResolvedContract): number =>
  stageSources(contract).reduce(
    (sum, { topic, mapping: { pollers } }) =>
      sum + Math.min(topic.partitions, (pollers?.max ?? topic.partitions) * invocationsPerPoller),
    0,
  );

const judgeConcurrency = (contract: ResolvedContract, { concurrency, unreserved }: AccountFacts): Finding => {
  const on = findingsOn(area, 'concurrent executions', contract.pipeline);
  const most = mostInvocations(contract);
  const got = `${unreserved} of ${concurrency} not reserved`;
  const fix = 'ask for a higher limit (Service Quotas, Lambda, "Concurrent executions"), or lower pollers';
  const expected = `${most} for this pipeline's mappings, and ${leftUnreserved} for the rest of the account`;
  if (unreserved < most)
    return on.failure(`${got}: fewer than the pipeline's own mappings may use`, expected, fix);
  return unreserved < most + leftUnreserved
    ? on.warning(`${got}: other functions may be throttled by this pipeline, or throttle it`, expected, fix)
    : on.ok(got, expected);
};

const judgeMappings = (
  contract: ResolvedContract,
  environment: string,
  { mappings }: AccountFacts,
): readonly Finding[] => {
  const expected = 'at most one mapping for each consumer group of the pipeline, enabled';
  if (mappings.kind === 'unanswered')
    return [
      findingsOn(area, 'mappings', contract.pipeline).notProbed(
        whyNot(mappings),
        expected,
        'grant lambda:ListEventSourceMappings to whoever asks',
        'warning',
      ),
    ];
  return stageSources(contract).map(({ name, mapping }) => {
    const group = groupIn(environment, mapping);
    const on = findingsOn(area, 'mapping', name);
    const ours = mappings.value.filter((one) => one.group === group);
    const [first, ...others] = ours;
    if (first === undefined) return on.ok(`none in group ${group} yet`, expected);
    const got = ours.map(({ id, functionArn, state }) => `${id} of ${functionArn} (${state})`).join(', ');
    if (others.length > 0)
      return on.failure(
        got,
        expected,
        'delete all but one: Lambda refuses a second one of a group, and with it the deployment',
      );
    return first.state === 'Enabled' || first.state === 'Creating' || first.state === 'Updating'
      ? on.ok(got, expected)
      : on.warning(got, expected, 'enable it, unless it was disabled on purpose');
  });
};

/** Limits of the account in Lambda that a pipeline may meet. */
export const judgeAccount = (
  contract: ResolvedContract,
  environment: string,
  answered: Answered<AccountFacts>,
): readonly Finding[] =>
  answered.kind === 'unanswered'
    ? [
        findingsOn(area, 'concurrent executions', contract.pipeline).notProbed(
          answered.why,
          `${mostInvocations(contract)} that no function has reserved`,
          'sign in, name a region, and grant lambda:GetAccountSettings to whoever asks',
        ),
      ]
    : [judgeConcurrency(contract, answered.value), ...judgeMappings(contract, environment, answered.value)];
