import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assignPartitions,
  type SubscribedMember,
  type TopicPartitions,
} from '../../../../lib/adapters/kafka/assignment.ts';

const member = (
  memberId: string,
  owned: readonly number[] = [],
  generation = owned.length === 0 ? -1 : 1,
): SubscribedMember => ({
  memberId,
  topics: ['orders'],
  owned: owned.length === 0 ? [] : [{ topic: 'orders', partitions: owned }],
  generation,
});

const ofOrders = (
  members: readonly SubscribedMember[],
  count: number,
): Readonly<Record<string, readonly number[]>> =>
  Object.fromEntries(
    [...assignPartitions(members, new Map([['orders', count]]))].map(([memberId, assigned]) => [
      memberId,
      assigned.flatMap(({ partitions }) => partitions),
    ]),
  );

describe('partitions', () => {
  it.each([
    ['to the only member', [member('a')], 3, { a: [0, 1, 2] }],
    ['evenly', [member('a'), member('b')], 4, { a: [0, 1], b: [2, 3] }],
    ['evenly but for one', [member('a'), member('b')], 5, { a: [0, 1, 2], b: [3, 4] }],
    ['to some where there are too few', [member('a'), member('b')], 1, { a: [0], b: [] }],
    [
      'so that they stay where they are',
      [member('a', [1, 3]), member('b', [0, 2])],
      4,
      { a: [1, 3], b: [0, 2] },
    ],
    [
      'so that a newcomer gets its share',
      [member('a'), member('b', [0, 1, 2, 3])],
      4,
      { a: [2, 3], b: [0, 1] },
    ],
    ['so that who has more keeps more', [member('a', [0]), member('b', [1, 2])], 3, { a: [0], b: [1, 2] }],
    [
      'to the later generation, of two that claim one',
      [member('a', [0], 1), member('b', [0], 2)],
      1,
      { a: [], b: [0] },
    ],
    ['never where there are none any more', [member('a', [0, 9])], 1, { a: [0] }],
  ])('are dealt out %s', (_, members, count, expected) => {
    expect(ofOrders(members, count)).toEqual(expected);
  });

  it('of each topic go to one of its subscribers each, evenly', () => {
    const topics = ['a', 'b', 'c'];
    const owned: fc.Arbitrary<TopicPartitions> = fc.record({
      topic: fc.constantFrom(...topics),
      partitions: fc.uniqueArray(fc.nat(12)),
    });
    const subscriber = fc.record({
      topics: fc.subarray(topics),
      owned: fc.uniqueArray(owned, { selector: ({ topic }) => topic, maxLength: 3 }),
      generation: fc.nat(3),
    });
    fc.assert(
      fc.property(
        fc.array(subscriber, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(12), { minLength: 3, maxLength: 3 }),
        (subscribers, counts) => {
          const members = subscribers.map((each, index) => ({ ...each, memberId: `m-${index}` }));
          const assigned = assignPartitions(
            members,
            new Map(topics.map((topic, index) => [topic, counts[index] ?? 0])),
          );
          expect([...assigned.keys()]).toEqual(members.map(({ memberId }) => memberId));
          for (const [index, topic] of topics.entries()) {
            const theirs = members
              .filter((each) => each.topics.includes(topic))
              .map(({ memberId }) =>
                (assigned.get(memberId) ?? [])
                  .filter((entry) => entry.topic === topic)
                  .flatMap(({ partitions }) => partitions),
              );
            const count = theirs.length === 0 ? 0 : (counts[index] ?? 0);
            expect(theirs.flat().toSorted((one, other) => one - other)).toEqual([...Array(count).keys()]);
            const sizes = theirs.map(({ length }) => length);
            expect(Math.max(0, ...sizes) - Math.min(count, ...sizes)).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });
});
