import type { ResolvedContract } from '../../core/contract/resolved.ts';
import { namesIn, stageSources } from '../../core/contract/stage-sources.ts';
import { ConfigError } from '../../core/errors.ts';
import { localEnvironment } from '../../local/pipeline-choice.ts';

/**
 * The consumer groups that pipelines of one command have on one cluster. Two with one group would be dealt each other's
 * partitions; Lambda refuses a second mapping of a group within an account.
 *
 * @see AWS Lambda developer guide, "kafka-consumer-group-id"
 */
export class TakenGroups {
  readonly #holders = new Map<string, string>();

  /** @throws {ConfigError} `GROUP_IN_USE`, naming every group of the pipeline that another one has; then it holds none */
  claim(contract: ResolvedContract): void {
    const { pipeline } = contract;
    const groups = stageSources(contract).map((stage) => ({
      stage: stage.name,
      group: namesIn(localEnvironment, stage).group,
    }));
    const problems = groups.flatMap(({ stage, group }) => {
      const holder = this.#holders.get(group);
      if (holder === undefined) return [];
      return {
        path: `${stage}.mapping.group`,
        got: `consumer group ${group}, which pipeline ${holder} has on the same cluster`,
        expected: 'a group that no other pipeline has',
        fix: 'name another in contract.ts, or leave `group` out for one of the pipeline’s own',
      };
    });
    if (problems.length > 0)
      throw new ConfigError('GROUP_IN_USE', {
        message: `${pipeline} cannot run beside the others.`,
        problems,
      });
    for (const { group } of groups) this.#holders.set(group, pipeline);
  }
}
