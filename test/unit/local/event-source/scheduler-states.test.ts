import { describe, expect, it } from 'vitest';
import { failed, MappingBench, mappingConfig, ok, recordsOf } from '../../../support/mapping-bench.ts';

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
