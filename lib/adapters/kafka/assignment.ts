/** A member of a group as its leader sees it. */
export interface SubscribedMember {
  readonly memberId: string;
  readonly topics: readonly string[];
  /** What it has at the moment, of the generation that it knows. */
  readonly owned: readonly TopicPartitions[];
  readonly generation: number;
}

export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

/** Who may go on with each partition: of several that claim one, the member of the highest generation. */
const ownersOf = (topic: string, members: readonly SubscribedMember[]): ReadonlyMap<number, string> => {
  const claims = members.flatMap(({ memberId, generation, owned }) =>
    owned
      .filter((entry) => entry.topic === topic)
      .flatMap(({ partitions }) => partitions.map((partition) => ({ partition, memberId, generation }))),
  );
  return new Map(
    claims
      .toSorted((one, other) => one.generation - other.generation)
      .map(({ partition, memberId }) => [partition, memberId]),
  );
};

/** Deals the partitions of one topic out, evenly, so that as few as can be change hands. */
const dealOut = (
  topic: string,
  count: number,
  members: readonly SubscribedMember[],
): ReadonlyMap<string, readonly number[]> => {
  const owners = ownersOf(topic, members);
  const all = Array.from({ length: count }, (_, partition) => partition);
  const ownedBy = (memberId: string): readonly number[] =>
    all.filter((partition) => owners.get(partition) === memberId);
  // Those that have most keep one more, where the partitions do not go round.
  const inOrder = members
    .map(({ memberId }) => ({ memberId, owned: ownedBy(memberId) }))
    .toSorted(
      (one, other) => other.owned.length - one.owned.length || (one.memberId < other.memberId ? -1 : 1),
    );
  const shares = inOrder.map(({ memberId, owned }, index) => {
    const share = Math.floor(count / members.length) + (index < count % members.length ? 1 : 0);
    return { memberId, share, kept: owned.slice(0, share) };
  });
  const kept = new Set(shares.flatMap((each) => each.kept));
  const free = all.filter((partition) => !kept.has(partition));
  return new Map(
    shares.map(({ memberId, share, kept: own }) => [
      memberId,
      [...own, ...free.splice(0, share - own.length)].toSorted((one, other) => one - other),
    ]),
  );
};

/**
 * What each member is to read: every partition of a topic is given to one of its subscribers.
 *
 * @param counts - how many partitions each topic has; topics that do not exist are left out
 */
export const assignPartitions = (
  members: readonly SubscribedMember[],
  counts: ReadonlyMap<string, number>,
): ReadonlyMap<string, readonly TopicPartitions[]> => {
  const assigned = new Map<string, TopicPartitions[]>(members.map(({ memberId }) => [memberId, []]));
  for (const [topic, count] of counts) {
    const subscribers = members.filter(({ topics }) => topics.includes(topic));
    if (subscribers.length === 0) continue;
    for (const [memberId, partitions] of dealOut(topic, count, subscribers))
      if (partitions.length > 0) assigned.get(memberId)?.push({ topic, partitions });
  }
  return assigned;
};
