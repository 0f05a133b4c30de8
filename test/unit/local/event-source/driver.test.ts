import { describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../../../lib/core/ports/clock.ts';
import type { AppendWatch, EventLog } from '../../../../lib/core/ports/event-log.ts';
import type { InvocationResult } from '../../../../lib/local/event-source/function-host.ts';
import { MappingRegistry } from '../../../../lib/local/event-source/registry.ts';
import { openEventSourceBench } from '../../../support/event-source-bench.ts';
import { ok } from '../../../support/mapping-bench.ts';

describe('an event source', () => {
  it('delivers everything and commits it, in order for each key', async () => {
    const bench = await openEventSourceBench();
    await bench.append(50);
    const { source, batches, requestIds } = bench.eventSource({ batchSize: 4 });
    await source.start();
    await source.drained();
    expect(batches.flat().toSorted((one, other) => one - other)).toEqual([...Array(50).keys()]);
    for (let key = 0; key < 7; key += 1) {
      const ofKey = batches.flat().filter((value) => value % 7 === key);
      expect(ofKey).toEqual(ofKey.toSorted((one, other) => one - other));
    }
    expect(await bench.committed()).toBe(50);
    expect(source.counters).toMatchObject({
      PolledEventCount: 50,
      InvokedEventCount: 50,
      CommittedEventCount: 50,
    });
    expect(new Set(requestIds).size).toBe(batches.length);
    for (const id of requestIds) expect(id).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it('another one goes on where the group has committed', async () => {
    const bench = await openEventSourceBench();
    await bench.append(10);
    const first = bench.eventSource();
    await first.source.start();
    await first.source.drained();
    await first.source.stop();
    await bench.append(5, 10);
    const second = bench.eventSource();
    await second.source.start();
    await second.source.drained();
    expect(second.batches.flat().toSorted((one, other) => one - other)).toEqual([10, 11, 12, 13, 14]);
  });

  it('waits for what is in flight when it stops, and lets go of its group only then', async () => {
    const bench = await openEventSourceBench();
    await bench.append(1);
    const invoked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<InvocationResult>();
    const registry = new MappingRegistry();
    const { source } = bench.eventSource({}, () => (invoked.resolve(), answer.promise), { registry });
    await source.start();
    await invoked.promise;
    const stopped = source.stop();
    expect(source.state).toBe('Disabling');
    await expect(bench.eventSource({}, undefined, { registry }).source.start()).rejects.toMatchObject({
      code: 'GROUP_IN_USE',
    });
    answer.resolve(ok());
    await stopped;
    expect(await bench.committed()).toBe(1);
    await bench.eventSource({}, undefined, { registry }).source.start();
  });

  it('looks into the log as soon as it is told to', async () => {
    const bench = await openEventSourceBench();
    const invoked = Promise.withResolvers<void>();
    const never: Clock = {
      now: bench.now,
      timer: () => ({ elapsed: new Promise(() => {}), cancel: () => {} }),
    };
    const { source, batches } = bench.eventSource({}, () => (invoked.resolve(), ok()), { clock: never });
    await source.start();
    await bench.append(1);
    expect(batches).toEqual([]);
    source.notify();
    await invoked.promise;
  });

  it('looks into a silent log ever more seldom, and often again once there was something', async () => {
    const bench = await openEventSourceBench();
    const clock = bench.leapingClock();
    const pauses: number[] = [];
    const noted: Clock = { now: () => clock.now(), timer: (ms) => (pauses.push(ms), clock.timer(ms)) };
    const { source, batches } = bench.eventSource({}, undefined, { clock: noted });
    await source.start();
    await vi.waitUntil(() => pauses.includes(250), { timeout: 30_000 });
    const idle = pauses.splice(0);
    expect(idle.slice(idle.lastIndexOf(2), idle.indexOf(50))).toEqual([2, 4, 8, 16, 32]);
    let silentMs = 0;
    for (const ms of idle) {
      // A sixteenth of the silence, and what passes while it is counted.
      expect(ms).toBeLessThanOrEqual(Math.max(50, silentMs / 16 + 50));
      silentMs += ms;
    }
    expect(silentMs).toBeGreaterThan(250 * 15);
    await bench.append(1);
    await vi.waitUntil(() => batches.length > 0, { timeout: 30_000 });
    await vi.waitUntil(() => pauses.includes(2), { timeout: 30_000 });
  });

  it('looks once a second into a log that says itself what comes, and as soon as it says so', async () => {
    const bench = await openEventSourceBench();
    const watches: AppendWatch[] = [];
    const log = Object.assign<EventLog, Pick<EventLog, 'watch'>>(bench.embedded.log, {
      watch: (watch: AppendWatch) => (watches.push(watch), new Promise<void>(() => {})),
    });
    const clock = bench.leapingClock();
    const pauses: number[] = [];
    // Who waits for a second waits for ever: whatever is found then was told of.
    const impatient: Clock = {
      now: () => clock.now(),
      timer: (ms) => {
        pauses.push(ms);
        return ms < 1_000 ? clock.timer(ms) : { elapsed: new Promise(() => {}), cancel: () => {} };
      },
    };
    const { source, batches } = bench.eventSource({}, undefined, { clock: impatient, log });
    await source.start();
    await vi.waitUntil(() => pauses.includes(1_000), { timeout: 30_000 });
    expect(watches.map(({ from }) => from)).toEqual([
      [
        { partition: 0, offset: 0 },
        { partition: 1, offset: 0 },
      ],
    ]);
    await bench.append(1);
    expect(batches).toEqual([]);
    watches[0]?.onAppend();
    await vi.waitUntil(() => batches.length > 0, { timeout: 30_000 });
  });

  it('begins at what an operator set while it was disabled', async () => {
    const bench = await openEventSourceBench();
    await bench.append(6);
    const { source, batches } = bench.eventSource();
    await source.start();
    await source.drained();
    await source.disable();
    const before = batches.flat().length;
    await bench.embedded.groups.commit('billing', [
      { topic: 'orders', partition: 0, offset: 0 },
      { topic: 'orders', partition: 1, offset: 0 },
    ]);
    await source.enable();
    await source.drained();
    expect(batches.flat().length).toBe(before + 6);
  });

  it('takes changes over, and refuses what Lambda would', async () => {
    const bench = await openEventSourceBench();
    await bench.append(20);
    const { source, batches } = bench.eventSource({ batchSize: 1 });
    await expect(source.update({ batchSize: 0 })).rejects.toThrow(/batchSize/);
    await source.update({ batchSize: 20 });
    await source.start();
    await source.drained();
    expect(batches).toHaveLength(2);
  });

  it('makes one change after the other', async () => {
    const bench = await openEventSourceBench();
    await bench.append(3);
    const answers = Array.from({ length: 2 }, () => Promise.withResolvers<InvocationResult>());
    const invoked = Promise.withResolvers<void>();
    let invocations = 0;
    const { source, batches } = bench.eventSource({ pollers: 1 }, () => {
      invoked.resolve();
      return answers[invocations++]?.promise ?? ok();
    });
    await source.start();
    await invoked.promise;
    const changes = [source.update({ batchSize: 1 }), source.update({ batchSize: 2 }), source.disable()];
    expect(source.state).toBe('Updating');
    for (const answer of answers) answer.resolve(ok());
    await Promise.all(changes);
    expect(source.state).toBe('Disabled');
    await source.enable();
    await source.drained();
    expect(Math.max(...batches.slice(2).map((batch) => batch.length))).toBeLessThanOrEqual(2);
    await source.stop();
    await source.stop();
  });

  it('waits for a topic that is not there yet, and begins a recreated one anew', async () => {
    const bench = await openEventSourceBench();
    await bench.embedded.log.deleteTopic('orders');
    const { source, batches } = bench.eventSource();
    const started = source.start();
    await bench.createTopic('orders', 1);
    await started;
    await bench.append(3);
    await source.drained();
    await bench.embedded.log.deleteTopic('orders');
    await bench.createTopic('orders', 2);
    await bench.append(2, 100);
    await expect.poll(() => batches.flat().filter((value) => value >= 100).length).toBe(2);
  });
});
