import type { Cluster } from './cluster.ts';

/**
 * One answer per name, in the order given, never from memory. Without names it asks whether the cluster answers.
 *
 * @throws {TransientError} `LOG_UNAVAILABLE`
 */
export const topicIds = (
  cluster: Cluster,
  topics: readonly string[],
): Promise<readonly (string | undefined)[]> =>
  cluster.attempt(
    topics.length === 0 ? 'its metadata' : `the ids of the topics ${topics.join(', ')}`,
    async () => {
      const found = await cluster.metadata(topics);
      return topics.map((topic) => found.get(topic)?.id);
    },
  );
