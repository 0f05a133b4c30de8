import { describe, expect, it } from 'vitest';
import {
  failed,
  MappingBench,
  mappingConfig,
  ok,
  partly,
  recordsOf,
} from '../../../support/mapping-bench.ts';

describe('partial responses', () => {
  const config = mappingConfig({ partialResponses: true, windowMs: 1_000 });

  it('resumes each partition at its first reported offset, and commits up to it', () => {
    const bench = MappingBench.enabled(config, { 0: recordsOf(0, 4), 1: recordsOf(1, 2) });
    bench.sleep();
    bench.answer(partly([0, 3], [0, 1]));
    bench.commitAll();
    expect(bench.committed).toEqual(
      new Map([
        [0, 1],
        [1, 2],
      ]),
    );
    bench.sleep();
    expect(bench.invoked.at(-1)).toEqual(['0:1', '0:2', '0:3']);
  });

  it('or retries only what was listed, and commits no further meanwhile', () => {
    const bench = MappingBench.enabled(
      { ...config, undocumented: { ...config.undocumented, afterPartialFailure: 'retry-listed-only' } },
      { 0: recordsOf(0, 4) },
    );
    bench.sleep();
    bench.answer(partly([0, 3], [0, 1]));
    bench.commitAll();
    expect(bench.committed.get(0)).toBe(1);
    bench.sleep();
    expect(bench.invoked.at(-1)).toEqual(['0:1', '0:3']);
    bench.answer(ok());
    bench.commitAll();
    expect(bench.committed.get(0)).toBe(4);
  });

  it('retries the whole batch where an identifier is not in the event', () => {
    const bench = MappingBench.enabled(config, { 0: recordsOf(0, 2) });
    bench.sleep();
    bench.answer(partly([0, 1], [0, 7]));
    bench.sleep();
    expect(bench.invoked.at(-1)).toEqual(['0:0', '0:1']);
    expect(bench.of('commit')).toEqual([]);
  });

  it('are not looked at where the mapping does not ask for them', () => {
    const bench = MappingBench.enabled(mappingConfig(), { 0: recordsOf(0, 2) });
    bench.answer(partly([0, 0]));
    bench.commitAll();
    expect(bench.committed.get(0)).toBe(2);
  });

  it.each([
    ['retries-kept', ['0:0 0:1 0:2 0:3', '0:1 0:2 0:3']],
    ['retries-restored', ['0:0 0:1 0:2 0:3', '0:1 0:2 0:3', '0:2 0:3']],
  ] as const)('after some success: %s', (afterProgress, batches) => {
    const bench = MappingBench.enabled(
      mappingConfig({ partialResponses: true, retries: 1, batchSize: 4, undocumented: { afterProgress } }),
      { 0: recordsOf(0, 4) },
    );
    for (const result of [partly([0, 1]), partly([0, 2]), failed, failed]) {
      if (bench.of('discard').length > 0) break;
      bench.answer(result);
      if (bench.of('discard').length === 0) bench.sleep();
    }
    expect(bench.invoked.map((batch) => batch.join(' '))).toEqual(batches);
  });

  it.each([
    ['unfinished', [1, 2]],
    ['last-invocation', [0, 1, 2]],
  ] as const)('the destination is told of the %s', (destinationFor, offsets) => {
    const bench = MappingBench.enabled(
      mappingConfig({
        partialResponses: true,
        retries: 0,
        destination: { kind: 'kafka', topic: 'orders.dlq' },
        undocumented: { destinationFor },
      }),
      { 0: recordsOf(0, 3) },
    );
    bench.answer(partly([0, 1], [0, 2]));
    const discarded = bench.of('discard')[0]?.discarded;
    expect(discarded?.handedOver.map(({ offset }) => offset)).toEqual(offsets);
    expect(discarded?.unfinished.map(({ offset }) => offset)).toEqual([1, 2]);
    expect(discarded?.functionError).toBeNull();
  });
});
