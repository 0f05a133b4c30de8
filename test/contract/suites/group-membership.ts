import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ConsumerGroups, EventLog } from '../../../lib/core/ports/event-log.ts';
import type { GroupMember, GroupMembership } from '../../../lib/core/ports/group-membership.ts';

/** A process of its own, as far as the log can tell. */
export interface MembershipClient {
  readonly membership: GroupMembership;
  /** Ends without leaving its groups, and lets the time pass until it is missed. */
  vanish(): Promise<void>;
}

export interface GroupMembershipSubject {
  readonly log: EventLog;
  readonly groups: ConsumerGroups;
  client(): Promise<MembershipClient>;
  close(): Promise<void>;
}

/** What one member was told, held to the listener's promises. */
class Told {
  readonly owned = new Set<number>();
  /** How often a partition was given. */
  given = 0;
  readonly broken: string[] = [];

  assigned(partitions: readonly number[]): void {
    for (const partition of partitions) {
      if (this.owned.has(partition)) this.broken.push(`${partition} was given twice`);
      this.owned.add(partition);
      this.given += 1;
    }
  }

  revoked(partitions: readonly number[]): void {
    for (const partition of partitions)
      if (!this.owned.delete(partition)) this.broken.push(`${partition} was taken, but not given before`);
  }

  get sorted(): readonly number[] {
    return [...this.owned].toSorted((one, other) => one - other);
  }
}

/** Long enough for a member to be missed, and for its partitions to be dealt out again. */
const SOON = { timeout: 20_000, interval: 20 };

/** What every implementation of consumer groups' members must do, embedded or real. */
export const groupMembershipSuite = (name: string, open: () => Promise<GroupMembershipSubject>): void => {
  describe(`${name}: membership of a group`, { timeout: 40_000 }, () => {
    let subject: GroupMembershipSubject;
    let made = 0;
    const run = randomUUID().slice(0, 8);
    let topic = '';
    let group = '';
    const joined: { readonly member: GroupMember; readonly told: Told }[] = [];
    const settings = { partitions: 4, retentionMs: 86_400_000, maxRecordBytes: 1_000 };

    beforeAll(async () => {
      subject = await open();
    });
    afterAll(() => subject.close());
    beforeEach(async () => {
      made += 1;
      topic = `suite.membership.${run}-${made}`;
      group = `suite-membership-${run}-${made}`;
      await subject.log.createTopics([{ name: topic, ...settings }]);
    });
    afterEach(async () => {
      const all = joined.splice(0);
      await Promise.all(all.map(({ member }) => member.leave()));
      expect(all.flatMap(({ told }) => told.broken)).toEqual([]);
    });

    const join = async (
      client?: MembershipClient,
    ): Promise<{ readonly member: GroupMember; readonly told: Told }> => {
      const { membership } = client ?? (await subject.client());
      const told = new Told();
      const member = await membership.join({
        group,
        topic,
        assigned: (partitions) => told.assigned(partitions),
        revoked: (partitions) => told.revoked(partitions),
      });
      joined.push({ member, told });
      return { member, told };
    };

    const allOf = (...tolds: readonly Told[]): readonly number[] =>
      tolds.flatMap(({ sorted }) => sorted).toSorted((one, other) => one - other);

    it('gives a member that is alone every partition, and commits as it', async () => {
      const { member, told } = await join();
      expect(told.sorted).toEqual([0, 1, 2, 3]);
      expect(await subject.groups.state(group)).toBe('active');
      const offsets = [
        { partition: 1, offset: 7 },
        { partition: 3, offset: 0 },
      ];
      expect(await member.commit(offsets)).toBe('committed');
      const committed = offsets.map((offset) => ({ topic, ...offset }));
      expect(await subject.groups.committed(group)).toEqual(committed);
      expect(await member.commit([{ partition: 1, offset: 2 }])).toBe('committed');
      expect(await subject.groups.committed(group)).toContainEqual({ topic, partition: 1, offset: 2 });
    });

    it('is told of by the group’s state, and keeps outsiders from setting offsets', async () => {
      const attempt = (offset: number): Promise<void> =>
        subject.groups.commit(group, [{ topic, partition: 0, offset }]);
      expect(await subject.groups.state(group)).toBe('absent');
      await attempt(1);
      expect(await subject.groups.state(group)).toBe('empty');
      const { member } = await join();
      expect(await subject.groups.state(group)).toBe('active');
      await expect(attempt(2)).rejects.toMatchObject({ code: 'GROUP_ACTIVE' });
      expect(await subject.groups.committed(group)).toEqual([{ topic, partition: 0, offset: 1 }]);
      await member.leave();
      expect(await subject.groups.state(group)).toBe('empty');
      await attempt(3);
      expect(await subject.groups.committed(group)).toEqual([{ topic, partition: 0, offset: 3 }]);
    });

    it('never gives a partition to two, and all of them to those who are left', async () => {
      const first = await join();
      const second = await join();
      const third = await join();
      await expect.poll(() => allOf(first.told, second.told, third.told), SOON).toEqual([0, 1, 2, 3]);
      await first.member.leave();
      await expect.poll(() => allOf(second.told, third.told), SOON).toEqual([0, 1, 2, 3]);
      await third.member.leave();
      await expect.poll(() => second.told.sorted, SOON).toEqual([0, 1, 2, 3]);
      expect(await second.member.commit([{ partition: 0, offset: 1 }])).toBe('committed');
    });

    it('refuses the commit of a member for a partition that is not its own, whole', async () => {
      const one = await join();
      const other = await join();
      await expect.poll(() => allOf(one.told, other.told), SOON).toEqual([0, 1, 2, 3]);
      const members = [one, other];
      const [owner] = members.filter(({ told }) => told.owned.has(0));
      const [stranger] = members.filter(({ told }) => !told.owned.has(0));
      const ofStranger = [0, ...(stranger?.told.owned ?? [])].map((partition) => ({ partition, offset: 5 }));
      expect(await stranger?.member.commit(ofStranger)).toBe('fenced');
      expect(await subject.groups.committed(group)).toEqual([]);
      await owner?.member.leave();
      expect(await owner?.member.commit([{ partition: 0, offset: 6 }])).toBe('fenced');
      await expect.poll(() => stranger?.told.sorted, SOON).toEqual([0, 1, 2, 3]);
      expect(await owner?.member.commit([{ partition: 0, offset: 6 }])).toBe('fenced');
      expect(await subject.groups.committed(group)).toEqual([]);
    });

    it('misses a member that vanished', async () => {
      const client = await subject.client();
      await join(client);
      const left = await join();
      await client.vanish();
      await expect.poll(() => left.told.sorted, SOON).toEqual([0, 1, 2, 3]);
      expect(await left.member.commit([{ partition: 2, offset: 9 }])).toBe('committed');
    });

    it('waits for a topic that is not there, and begins anew with one that is made again', async () => {
      await subject.log.deleteTopic(topic);
      const { member, told } = await join();
      expect(told.sorted).toEqual([]);
      await subject.log.createTopics([{ name: topic, ...settings, partitions: 2 }]);
      await expect.poll(() => told.sorted, SOON).toEqual([0, 1]);
      expect(await member.commit([{ partition: 0, offset: 3 }])).toBe('committed');
      await subject.log.deleteTopic(topic);
      await subject.log.createTopics([{ name: topic, ...settings, partitions: 3 }]);
      await expect.poll(() => [told.sorted, told.given], SOON).toEqual([[0, 1, 2], 5]);
      expect(await member.commit([{ partition: 2, offset: 1 }])).toBe('committed');
    });

    it('stays in order however members come and go', async () => {
      const staying = await join();
      for (let round = 0; round < 3; round += 1) {
        const [one, other] = await Promise.all([join(), join()]);
        await expect.poll(() => allOf(staying.told, one.told, other.told), SOON).toEqual([0, 1, 2, 3]);
        await Promise.all([one.member.leave(), other.member.leave()]);
      }
      await expect.poll(() => staying.told.sorted, SOON).toEqual([0, 1, 2, 3]);
    });

    it('ends with leaving, which may be done twice', async () => {
      const { member, told } = await join();
      await Promise.all([member.leave(), member.leave()]);
      await member.leave();
      expect(told.sorted).toEqual([0, 1, 2, 3]);
      expect(await member.commit([{ partition: 0, offset: 1 }])).toBe('fenced');
    });
  });
};
