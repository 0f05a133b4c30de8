import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../../lib/core/record.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import {
  failed,
  loggedRecord,
  MappingBench,
  mappingConfig,
  ok,
  recordsOf,
  START,
} from '../../../support/mapping-bench.ts';

describe('giving up', () => {
  const toKafka = { retries: 0, destination: { kind: 'kafka', topic: 'orders.dlq' } } as const;

  it('keeps trying a destination that cannot be written, and commits nothing past it', () => {
    const bench = MappingBench.enabled(mappingConfig({ ...toKafka, batchSize: 1 }), { 0: recordsOf(0, 2) });
    bench.answer(failed);
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      bench.on({ kind: 'discarded', discardId: attempt, outcome: attempt % 2 === 0 ? 'refused' : 'failed' });
      expect(bench.of('commit')).toEqual([]);
      expect(bench.invoked).toEqual([['0:0']]);
      bench.sleep();
    }
    bench.on({ kind: 'discarded', discardId: 6, outcome: 'done' });
    bench.finish();
    expect(bench.committed.get(0)).toBe(2);
    expect(bench.scheduler.counters).toMatchObject({
      OnFailureDestinationDeliveredEventCount: 1,
      OnFailureDestinationDeliveryErrorCount: 5,
      DroppedEventCount: 0,
    });
  });

  it('or drops what its destination refuses', () => {
    const bench = MappingBench.enabled(
      mappingConfig({ ...toKafka, undocumented: { whenRefused: 'dropped' } }),
      {
        0: recordsOf(0, 1),
      },
    );
    bench.answer(failed);
    bench.on({ kind: 'discarded', discardId: 1, outcome: 'refused' });
    bench.finish();
    expect(bench.committed.get(0)).toBe(1);
    expect(bench.scheduler.counters.DroppedEventCount).toBe(1);
  });

  it('gives up on records above the age, without invoking them', () => {
    const bench = MappingBench.enabled(mappingConfig({ maxAgeMs: 60_000 }), {
      0: [
        loggedRecord(0, 0),
        loggedRecord(0, 1, { timestamp: epochMsOf(START - 60_001) }),
        loggedRecord(0, 2, { timestamp: epochMsOf(START - 60_000) }),
      ],
    });
    const discarded = bench.of('discard')[0]?.discarded;
    expect(discarded).toMatchObject({ condition: 'age-exceeded', invocationId: null, invokeCount: 0 });
    expect(discarded?.unfinished.map(({ offset }) => offset)).toEqual([1]);
    bench.on({ kind: 'discarded', discardId: 1, outcome: 'done' });
    expect(bench.invoked).toEqual([['0:0', '0:2']]);
    bench.finish();
    expect(bench.committed.get(0)).toBe(3);
  });

  it('gives up on a batch that grew too old while it was retried', () => {
    const bench = MappingBench.enabled(mappingConfig({ maxAgeMs: 60_000 }), { 0: recordsOf(0, 1) });
    bench.answer(failed);
    bench.pass(60_001);
    expect(bench.of('discard')[0]?.discarded).toMatchObject({ condition: 'age-exceeded', invokeCount: 1 });
    expect(bench.invoked).toHaveLength(1);
  });

  it('gives up on a record that fits into no payload, and on that one alone', () => {
    const bench = MappingBench.enabled(mappingConfig({ batchBytes: 2_000 }), {
      0: [loggedRecord(0, 0), loggedRecord(0, 1, { value: bytesOf('x'.repeat(2_000)) }), loggedRecord(0, 2)],
    });
    bench.answer(ok());
    expect(bench.of('discard')[0]?.discarded).toMatchObject({
      condition: 'payload-too-large',
      invocationId: null,
    });
    bench.on({ kind: 'discarded', discardId: 1, outcome: 'done' });
    expect(bench.invoked).toEqual([['0:0'], ['0:2']]);
  });
});
