import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TransientError } from '../../../lib/core/errors.ts';
import type { ConsumerGroups, EventLog } from '../../../lib/core/ports/event-log.ts';

export interface ConsumerGroupsSubject {
  readonly groups: ConsumerGroups;
  /** The log whose topics the groups consume. */
  readonly log: EventLog;
  /** A second connection to the same groups. */
  another(): Promise<ConsumerGroups>;
  close(): Promise<void>;
}

/** What every store of committed offsets must do, embedded or real. */
export const consumerGroupsSuite = (name: string, open: () => Promise<ConsumerGroupsSubject>): void => {
  describe(`${name}: consumer groups`, () => {
    let subject: ConsumerGroupsSubject;
    let groups: ConsumerGroups;
    let made = 0;
    const run = randomUUID().slice(0, 8);
    let topic = '';
    let group = '';
    const settings = { partitions: 3, retentionMs: 86_400_000, maxRecordBytes: 1_000 };
    beforeAll(async () => {
      subject = await open();
      groups = subject.groups;
    });
    afterAll(() => subject.close());
    beforeEach(async () => {
      made += 1;
      topic = `suite.groups.${run}-${made}`;
      group = `suite-group-${run}-${made}`;
      await subject.log.createTopics([{ name: topic, ...settings }]);
    });

    it('knows nothing of a group that never committed', async () => {
      expect(await groups.committed(group)).toEqual([]);
      expect(await groups.listGroups()).not.toContain(group);
    });

    it('keeps the committed offset of each partition of each group', async () => {
      const other = `${group}-other`;
      await groups.commit(group, [
        { topic, partition: 0, offset: 5 },
        { topic, partition: 2, offset: 0 },
      ]);
      await groups.commit(other, [{ topic, partition: 0, offset: 9 }]);
      expect(await groups.committed(group)).toEqual([
        { topic, partition: 0, offset: 5 },
        { topic, partition: 2, offset: 0 },
      ]);
      expect(await groups.committed(other)).toEqual([{ topic, partition: 0, offset: 9 }]);
      expect(await groups.listGroups()).toEqual(expect.arrayContaining([group, other]));
    });

    it('moves a committed offset forward and back, and leaves the others', async () => {
      await groups.commit(group, [
        { topic, partition: 0, offset: 5 },
        { topic, partition: 1, offset: 6 },
      ]);
      await groups.commit(group, [{ topic, partition: 0, offset: 50 }]);
      expect(await groups.committed(group)).toContainEqual({ topic, partition: 0, offset: 50 });
      await groups.commit(group, [{ topic, partition: 0, offset: 2 }]);
      expect(await groups.committed(group)).toEqual([
        { topic, partition: 0, offset: 2 },
        { topic, partition: 1, offset: 6 },
      ]);
    });

    it('keeps offsets beyond 2^31', async () => {
      const offset = 2 ** 40 + 1;
      await groups.commit(group, [{ topic, partition: 0, offset }]);
      expect(await groups.committed(group)).toEqual([{ topic, partition: 0, offset }]);
    });

    it('is seen by another connection at once', async () => {
      const another = await subject.another();
      await groups.commit(group, [{ topic, partition: 1, offset: 7 }]);
      expect(await another.committed(group)).toEqual([{ topic, partition: 1, offset: 7 }]);
    });

    it('has no offset for a topic that was created again', async () => {
      await groups.commit(group, [{ topic, partition: 0, offset: 5 }]);
      await subject.log.deleteTopic(topic);
      // A broker forgets them a moment later.
      await expect.poll(() => groups.committed(group)).toEqual([]);
      await subject.log.createTopics([{ name: topic, ...settings }]);
      expect(await groups.committed(group)).toEqual([]);
    });

    it('refuses a partition that does not exist, and then commits none of the call', async () => {
      const attempt = groups.commit(group, [
        { topic, partition: 0, offset: 5 },
        { topic, partition: 3, offset: 1 },
      ]);
      await expect(attempt).rejects.toBeInstanceOf(TransientError);
      const missing = groups.commit(group, [{ topic: `${topic}-missing`, partition: 0, offset: 1 }]);
      await expect(missing).rejects.toBeInstanceOf(TransientError);
      expect(await groups.committed(group)).toEqual([]);
    });
  });
};
