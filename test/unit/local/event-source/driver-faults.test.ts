import { describe, expect, it } from 'vitest';
import { openEventSourceBench } from '../../../support/event-source-bench.ts';
import { ok } from '../../../support/mapping-bench.ts';

/** A port whose method rejects the first times it is called. */
const failing = <Port extends object>(port: Port, method: keyof Port, times: number): Port => {
  let left = times;
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]): unknown =>
        name === method && left-- > 0
          ? Promise.reject(new Error('not now'))
          : (Reflect.apply(member, target, args) as unknown);
    },
  });
};

describe('faults', () => {
  it.each(['offsets', 'read'] as const)('of the log (%s) are tried again', async (method) => {
    const bench = await openEventSourceBench();
    await bench.append(3);
    const { source, batches } = bench.eventSource({}, () => ok(), {
      log: failing(bench.embedded.log, method, 3),
    });
    await source.start();
    await source.drained();
    expect(batches.flat()).toHaveLength(3);
    // Without the ends of the log there is no assignment yet, so nothing was polled.
    expect(source.counters.PollingErrorCount > 0).toBe(method === 'read');
  });

  it('of the group are tried again', async () => {
    const bench = await openEventSourceBench();
    await bench.append(3);
    const { membership } = bench.embedded;
    const { source } = bench.eventSource({}, () => ok(), {
      membership: {
        join: async (subscription) => failing(await membership.join(subscription), 'commit', 3),
      },
    });
    await source.start();
    await source.drained();
    expect(await bench.committed()).toBe(3);
    expect(source.counters.CommitErrorCount).toBe(3);
  });

  it('of joining are tried again', async () => {
    const bench = await openEventSourceBench();
    await bench.append(3);
    const { source } = bench.eventSource({}, () => ok(), {
      membership: failing(bench.embedded.membership, 'join', 3),
    });
    await source.start();
    await source.drained();
    expect(await bench.committed()).toBe(3);
  });

  it('of the host are errors of the invocation', async () => {
    const bench = await openEventSourceBench();
    await bench.append(1);
    let failures = 1;
    const { source } = bench.eventSource({}, () =>
      failures-- > 0 ? Promise.reject(new Error('not now')) : ok(),
    );
    await source.start();
    await source.drained();
    expect(source.counters).toMatchObject({ InvokeErrorCount: 1, CommittedEventCount: 1 });
  });

  it('of its own end it, and whoever waits is told', async () => {
    const bench = await openEventSourceBench();
    await bench.append(1);
    const { source } = bench.eventSource({}, () => undefined as never);
    await source.start();
    await expect(source.broken).rejects.toThrow(/undefined/);
    await expect(source.drained()).rejects.toThrow(/undefined/);
    await expect(source.stop()).rejects.toThrow(/undefined/);
  });
});
