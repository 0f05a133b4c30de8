import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Embedded } from '../../../../lib/adapters/sqlite/embedded.ts';
import { systemClock } from '../../../../lib/adapters/system.ts';
import type { EventLog } from '../../../../lib/core/ports/event-log.ts';
import type {
  AssignmentListener,
  GroupMembership,
  MemberCommit,
} from '../../../../lib/core/ports/group-membership.ts';
import { bytesOf } from '../../../../lib/core/record.ts';
import { putIntoFolder } from '../../../../lib/local/event-source/bucket-folder.ts';
import { EventSource, type EventSourcePorts } from '../../../../lib/local/event-source/driver.ts';
import type { InvocationResult } from '../../../../lib/local/event-source/function-host.ts';
import type { MappingOptions } from '../../../../lib/local/event-source/mapping.ts';
import { MappingRegistry } from '../../../../lib/local/event-source/registry.ts';
import { resolveMapping } from '../../../../lib/local/event-source/resolve-mapping.ts';
import { embeddedFolder, type EmbeddedFolder } from '../../../support/embedded-folder.ts';
import { ok } from '../../../support/mapping-bench.ts';

/** A group whose assignments a test hands out; commits go to the real one, unless the test takes them. */
class HandMadeGroup implements GroupMembership {
  readonly #embedded: Embedded;
  readonly #first: readonly number[];
  listener: AssignmentListener | undefined;
  commits = 0;
  leave: () => Promise<void> = async () => {};
  /** What becomes of a commit, `undefined` for what is usual. */
  outcome: () => MemberCommit | undefined = () => undefined;

  constructor(embedded: Embedded, first: readonly number[]) {
    this.#embedded = embedded;
    this.#first = first;
  }

  join: GroupMembership['join'] = async ({ group, topic, ...listener }) => {
    this.listener = listener;
    listener.assigned(this.#first);
    return {
      commit: async (offsets) => {
        this.commits += 1;
        const outcome = this.outcome();
        if (outcome !== undefined) return outcome;
        await this.#embedded.groups.commit(
          group,
          offsets.map((offset) => ({ topic, ...offset })),
        );
        return 'committed';
      },
      leave: () => this.leave(),
    };
  };
}

let folder: EmbeddedFolder;
let embedded: Embedded;
const sources: EventSource[] = [];

beforeEach(async () => {
  folder = embeddedFolder();
  embedded = folder.open();
  const settings = { retentionMs: 86_400_000, maxRecordBytes: 1_000_000 };
  await embedded.log.createTopics([{ name: 'orders', partitions: 2, ...settings }]);
});
afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.stop()));
  await folder.close();
});

/** `2` is on partition 0, `1` on partition 1. */
const keyOf = ['2', '1'] as const;

const append = async (partition: 0 | 1, ...values: readonly string[]): Promise<void> => {
  const results = await embedded.log.produce(
    values.map((value) => ({
      topic: 'orders',
      key: bytesOf(keyOf[partition]),
      value: bytesOf(value),
      headers: [],
    })),
  );
  for (const result of results) expect(result).toMatchObject({ kind: 'acked', partition });
};

const committed = async (): Promise<readonly (readonly [number, number])[]> =>
  (await embedded.groups.committed('billing')).map(({ partition, offset }) => [partition, offset]);

const run = (
  ports: Pick<EventSourcePorts, 'membership'> & Partial<EventSourcePorts>,
  handle: (values: readonly string[]) => InvocationResult | Promise<InvocationResult> = () => ok(),
  options: Partial<MappingOptions> = {},
): { readonly source: EventSource; readonly invoked: string[] } => {
  const invoked: string[] = [];
  const mapping = { functionName: 'billing', topic: 'orders', group: 'billing', pollers: 2, windowMs: 0 };
  const source = new EventSource(resolveMapping({ ...mapping, ...options }, systemClock.now()), {
    log: embedded.log,
    groups: embedded.groups,
    clock: systemClock,
    registry: new MappingRegistry(),
    newId: randomUUID,
    putObject: putIntoFolder,
    gaveUp: async () => {},
    host: {
      invoke: async (event) => {
        const values = Object.values(event.records)
          .flat()
          .map(({ value }) => Buffer.from(value ?? '', 'base64').toString());
        invoked.push(...values);
        return handle(values);
      },
    },
    ...ports,
  });
  sources.push(source);
  return { source, invoked };
};

describe('a partition', () => {
  it('that is another’s now is not committed for what was under way on it, and the others go on', async () => {
    await append(0, 'a');
    await append(1, 'b');
    const group = new HandMadeGroup(embedded, [0, 1]);
    const answer = Promise.withResolvers<InvocationResult>();
    const { source, invoked } = run({ membership: group }, (values) =>
      values.includes('a') ? answer.promise : ok(),
    );
    await source.start();
    await expect.poll(() => invoked.toSorted()).toEqual(['a', 'b']);
    group.listener?.revoked([0]);
    answer.resolve(ok());
    await append(0, 'not ours');
    await append(1, 'c');
    await expect.poll(committed).toEqual([[1, 2]]);
    expect(invoked.toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('that comes back begins where its last owner committed', async () => {
    const group = new HandMadeGroup(embedded, [1]);
    const { source, invoked } = run({ membership: group });
    await append(0, 'first', 'second', 'third');
    await source.start();
    await embedded.groups.commit('billing', [{ topic: 'orders', partition: 0, offset: 1 }]);
    group.listener?.assigned([0]);
    await expect.poll(() => invoked).toEqual(['second', 'third']);
    await expect.poll(committed).toEqual([[0, 3]]);
    group.listener?.revoked([0]);
    await embedded.groups.commit('billing', [{ topic: 'orders', partition: 0, offset: 2 }]);
    group.listener?.assigned([0]);
    await expect.poll(() => invoked).toEqual(['second', 'third', 'third']);
  });
});

it('a position that was looked up before the partition changed hands is looked up again', async () => {
  await append(0, 'first', 'second', 'third');
  const group = new HandMadeGroup(embedded, [0]);
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const { source, invoked } = run({
    membership: group,
    groups: {
      committed: async (name) => {
        const before = await embedded.groups.committed(name);
        asked.resolve();
        await answer.promise;
        return before;
      },
    },
  });
  const started = source.start();
  await asked.promise;
  group.listener?.revoked([0]);
  await embedded.groups.commit('billing', [{ topic: 'orders', partition: 0, offset: 2 }]);
  group.listener?.assigned([0]);
  answer.resolve();
  await started;
  await source.drained();
  expect(invoked).toEqual(['third']);
});

it('a log that is shorter than what was read begins again', async () => {
  await append(0, 'a', 'b');
  const { source, invoked } = run({ membership: new HandMadeGroup(embedded, [0, 1]) });
  await source.start();
  await source.drained();
  const topic = await embedded.log.describe('orders');
  if (topic === undefined) throw new Error('expected the topic');
  await embedded.log.deleteTopic('orders');
  await embedded.log.createTopics([topic]);
  await append(0, 'c');
  await source.drained();
  expect(invoked).toEqual(['a', 'b', 'c']);
});

it('a mapping is disabled only once it has left its group, and joins it again only after', async () => {
  const group = new HandMadeGroup(embedded, [0]);
  const left = Promise.withResolvers<void>();
  group.leave = () => left.promise;
  const { source } = run({ membership: group });
  await source.start();
  const order: string[] = [];
  const disabled = source.disable().then(() => order.push('disabled'));
  await expect.poll(() => source.state).toBe('Disabled');
  const enabled = source.enable().then(() => order.push('enabled'));
  await append(0, 'a');
  expect(order).toEqual([]);
  expect(source.state).toBe('Disabled');
  left.resolve();
  await Promise.all([disabled, enabled]);
  expect(order).toEqual(['disabled', 'enabled']);
});

it('what is owned only after the group was asked is read, too', async () => {
  const group = new HandMadeGroup(embedded, []);
  const { source, invoked } = run({ membership: group });
  await append(0, 'a');
  await append(1, 'b');
  await source.start();
  expect(source.state).toBe('Enabled');
  group.listener?.assigned([0]);
  group.listener?.assigned([1]);
  await source.drained();
  expect(invoked.toSorted()).toEqual(['a', 'b']);
});

it('a commit that is refused because the group has moved on counts for nothing, and comes again', async () => {
  await append(0, 'a');
  const group = new HandMadeGroup(embedded, [0, 1]);
  group.outcome = () => (group.commits <= 2 ? 'fenced' : undefined);
  const { source } = run({ membership: group });
  await source.start();
  await source.drained();
  expect(await committed()).toEqual([[0, 1]]);
  expect(source.counters).toMatchObject({ CommitErrorCount: 2, CommittedEventCount: 1 });
});

it('a mapping that is disabled is no member of its group any more, and its offsets can be set', async () => {
  await append(0, 'a', 'b');
  const { source, invoked } = run({ membership: embedded.membership });
  await source.start();
  await source.drained();
  expect(await embedded.groups.state('billing')).toBe('active');
  await source.disable();
  expect(await embedded.groups.state('billing')).toBe('empty');
  await embedded.groups.commit('billing', [{ topic: 'orders', partition: 0, offset: 1 }]);
  await source.enable();
  await source.drained();
  expect(invoked).toEqual(['a', 'b', 'b']);
});

it('offsets without a record behind the last one are no reason to wait', async () => {
  await append(0, 'a');
  // As after a transaction: its mark takes an offset.
  const log: EventLog = Object.assign(Object.create(embedded.log) as EventLog, {
    read: embedded.log.read.bind(embedded.log),
    produce: embedded.log.produce.bind(embedded.log),
    offsets: async (topic: string) =>
      (await embedded.log.offsets(topic)).map((range) => ({ ...range, end: range.end + 1 })),
  });
  const { source, invoked } = run({ membership: embedded.membership, log });
  await source.start();
  await source.drained();
  expect(invoked).toEqual(['a']);
  expect(await committed()).toEqual([[0, 1]]);
});

it('of two mappings in one group one stands by, and goes on where the other committed', async () => {
  await append(0, 'a');
  const first = run({ membership: embedded.membership });
  await first.source.start();
  const second = run({ membership: folder.open().membership });
  await second.source.start();
  await append(0, 'b');
  await first.source.drained();
  await first.source.stop();
  await append(1, 'c');
  await second.source.drained();
  expect([...first.invoked, ...second.invoked].toSorted()).toEqual(['a', 'b', 'c']);
  expect(second.invoked).toEqual(['c']);
});
