import { describe, expect, it } from 'vitest';
import {
  failed,
  loggedRecord,
  mappingConfig,
  MappingBench,
  ok,
  recordsOf,
} from '../../../support/mapping-bench.ts';

const states = (bench: MappingBench): readonly string[] => bench.of('state').map(({ state }) => state);

describe('states', () => {
  it('is Creating until it is enabled, and Enabled once it knows where to read', () => {
    const bench = new MappingBench(mappingConfig(), { 0: [] });
    expect(bench.scheduler.state).toBe('Creating');
    bench.on({ kind: 'enable' });
    expect(states(bench)).toEqual(['Enabling', 'Enabled']);
  });

  it('asks again where the assignment failed', () => {
    const bench = new MappingBench(mappingConfig(), {});
    const commands = bench.scheduler.on(bench.now, { kind: 'enable' });
    expect(commands.map(({ kind }) => kind)).toEqual(['state', 'assign']);
    bench.on({ kind: 'assign-failed' });
    expect(bench.scheduler.state).toBe('Enabling');
    bench.sleep();
    expect(bench.scheduler.state).toBe('Enabled');
  });

  it('is Disabling until what is in flight is processed and committed', () => {
    const bench = MappingBench.enabled(mappingConfig({ batchSize: 1 }), { 0: recordsOf(0, 3) });
    bench.on({ kind: 'disable' });
    expect(bench.scheduler.state).toBe('Disabling');
    bench.answer(ok());
    expect(bench.scheduler.state).toBe('Disabling');
    bench.commitAll();
    expect(bench.scheduler.state).toBe('Disabled');
    expect(bench.invoked).toEqual([['0:0']]);
    expect(bench.committed.get(0)).toBe(1);
  });

  it('does not wait for retries, or for a commit that fails', () => {
    const bench = MappingBench.enabled(mappingConfig({ batchSize: 1 }), {
      0: recordsOf(0, 1),
      1: recordsOf(1, 1),
    });
    bench.on({ kind: 'disable' });
    bench.answer(failed, 1);
    bench.answer(ok(), 2);
    bench.on({ kind: 'commit-failed', commitId: 1 });
    expect(bench.scheduler.state).toBe('Disabled');
  });

  it('begins at the committed offsets when it is enabled again, wherever an operator put them', () => {
    const bench = MappingBench.enabled(mappingConfig(), { 0: recordsOf(0, 3) });
    bench.finish();
    bench.on({ kind: 'disable' });
    bench.committed.set(0, 1);
    bench.on({ kind: 'enable' });
    expect(bench.invoked.at(-1)).toEqual(['0:1', '0:2']);
  });

  it('forgets fetches that were under way when it was disabled', () => {
    const bench = MappingBench.enabled(mappingConfig(), { 0: [] });
    bench.on({ kind: 'disable' });
    bench.on({ kind: 'fetched', fetchId: 1, records: recordsOf(0, 1) });
    bench.pass(1_000);
    expect(bench.invoked).toEqual([]);
  });

  it('stays Disabling until an assignment that was asked for is answered, so that no stale one is taken later', () => {
    const bench = new MappingBench(mappingConfig(), {});
    bench.scheduler.on(bench.now, { kind: 'enable' });
    bench.scheduler.on(bench.now, { kind: 'disable' });
    expect(bench.scheduler.state).toBe('Disabling');
    bench.on({ kind: 'assigned', partitions: [{ partition: 0, from: 7 }] });
    expect(bench.scheduler.state).toBe('Disabled');
    expect(bench.scheduler.position(0)).toBeUndefined();
  });

  it('takes a new configuration over once the old one has drained', () => {
    const bench = MappingBench.enabled(mappingConfig({ batchSize: 1 }), { 0: recordsOf(0, 5) });
    bench.on({ kind: 'update', config: mappingConfig({ batchSize: 2 }) });
    expect(bench.scheduler.state).toBe('Updating');
    bench.answer(ok());
    bench.commitAll();
    expect(states(bench)).toEqual(['Enabling', 'Enabled', 'Updating', 'Enabled']);
    expect(bench.invoked).toEqual([['0:0'], ['0:1', '0:2']]);
  });

  it('a disabled mapping takes a new configuration over at once, one that is changing does not', () => {
    const bench = new MappingBench(mappingConfig(), { 0: recordsOf(0, 2) });
    bench.on({ kind: 'update', config: mappingConfig({ batchSize: 1 }) });
    bench.on({ kind: 'enable' });
    expect(bench.invoked).toEqual([['0:0']]);
    bench.on({ kind: 'disable' });
    bench.on({ kind: 'update', config: mappingConfig({ batchSize: 9 }) });
    expect(bench.scheduler.config.batchSize).toBe(1);
  });
});

describe('rebalances', () => {
  it('keeps what it still owns, lets go of the rest, and begins new partitions where they were committed', () => {
    const bench = MappingBench.enabled(mappingConfig({ batchSize: 1, concurrency: 5 }), {
      0: recordsOf(0, 2),
      1: recordsOf(1, 2),
      2: recordsOf(2, 5),
    });
    bench.assign([0]);
    bench.committed.set(2, 4);
    bench.assign([0, 2]);
    expect(bench.invoked).toEqual([['0:0'], ['1:0'], ['2:0'], ['2:4']]);
    expect(bench.scheduler.position(1)).toBeUndefined();
  });

  it('the result of a revoked partition counts for nothing there', () => {
    const bench = MappingBench.enabled(mappingConfig({ windowMs: 1_000 }), {
      0: recordsOf(0, 1),
      1: recordsOf(1, 1),
    });
    bench.sleep();
    bench.assign([1]);
    bench.answer(ok());
    expect(bench.of('commit').map(({ offsets }) => offsets)).toEqual([[{ partition: 1, offset: 1 }]]);
  });

  it('delivers a partition that came back again while its old invocation is still running', () => {
    const bench = MappingBench.enabled(mappingConfig(), { 0: recordsOf(0, 1) });
    bench.assign([]);
    bench.assign([0]);
    expect(bench.invoked).toEqual([['0:0'], ['0:0']]);
    bench.answer(ok(), 1);
    expect(bench.of('commit')).toEqual([]);
    bench.answer(failed, 2);
    bench.sleep();
    expect(bench.invoked).toHaveLength(3);
  });

  it('does not retry what it no longer owns', () => {
    const bench = MappingBench.enabled(mappingConfig({ windowMs: 1_000 }), {
      0: recordsOf(0, 1),
      1: recordsOf(1, 1),
    });
    bench.sleep();
    bench.answer(failed);
    bench.assign([1]);
    bench.sleep();
    expect(bench.invoked.at(-1)).toEqual(['1:0']);
    bench.assign([]);
    bench.finish();
    expect(bench.scheduler.settled).toBe(true);
  });

  it('nor what it lost while it was in flight', () => {
    const bench = MappingBench.enabled(mappingConfig({ windowMs: 1_000 }), {
      0: recordsOf(0, 1),
      1: recordsOf(1, 1),
    });
    bench.sleep();
    bench.assign([1]);
    bench.answer(failed);
    bench.sleep();
    expect(bench.invoked.at(-1)).toEqual(['1:0']);
  });

  it('commits nothing more of what it no longer owns, be it due or failed', () => {
    const bench = MappingBench.enabled(mappingConfig({ batchSize: 1 }), { 0: recordsOf(0, 2) });
    bench.answer(ok());
    bench.answer(ok());
    bench.assign([]);
    bench.on({ kind: 'commit-failed', commitId: 1 });
    bench.pass(60_000);
    expect(bench.of('commit').map(({ offsets }) => offsets)).toEqual([[{ partition: 0, offset: 1 }]]);
    expect(bench.scheduler.settled).toBe(true);
  });

  it('deals partitions out to the pollers anew', () => {
    const bench = MappingBench.enabled(mappingConfig({ pollers: 2, windowMs: 1_000 }), {
      0: [],
      1: [],
      2: [],
    });
    bench.assign([1, 2]);
    bench.append(loggedRecord(1, 0), loggedRecord(2, 0));
    bench.sleep();
    expect(bench.invoked).toEqual([['1:0'], ['2:0']]);
  });
});
