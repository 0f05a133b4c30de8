import { describe, expect, it } from 'vitest';
import { batchReport } from '../../../lib/core/batch/measure.ts';
import type { FreshnessSample, RecordVerdict } from '../../../lib/core/ports/stage-ports.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import type { Verdict } from '../../../lib/core/verdict.ts';
import { emfBlobs } from '../../../lib/runtime/emf.ts';

interface Blob {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  readonly [member: string]: unknown;
}

const sample = (totalMs: number, good = true, brokenBy?: FreshnessSample['brokenBy']): FreshnessSample => ({
  totalMs,
  segmentsMs: { append: 1, receive: 2, process: totalMs - 6, external: 3, emit: 0 },
  good,
  brokenBy,
});

const blobsOf = (
  verdicts: readonly Verdict[],
  freshness: readonly FreshnessSample[],
  counts: {
    readonly bad?: number;
    readonly lost?: number;
    readonly emitted?: number;
    readonly effects?: number;
  } = {},
): readonly Blob[] => {
  const said = verdicts.map((verdict, offset): RecordVerdict => ({
    at: { topic: 't', topicId: 'i', partition: 0, offset },
    verdict,
  }));
  const measured = { freshness, bad: 0, lost: 0, emitted: 0, effects: 0, ...counts };
  return emfBlobs('orders', batchReport('action', epochMsOf(1_000), said, measured)).map(
    (line) => JSON.parse(line) as Blob,
  );
};

const declared = (blob: Blob | undefined) => blob?.['_aws'].CloudWatchMetrics[0];

describe('the metrics of a batch', () => {
  it('count verdicts, good, total and lost, what was emitted and what was done: once, in one blob', () => {
    const [counters, ...rest] = blobsOf(
      [{ kind: 'done' }, { kind: 'done' }, { kind: 'in-doubt' }, { kind: 'retry', cause: 'paused' }],
      [sample(10), sample(9_000, false)],
      { bad: 2, lost: 1, emitted: 2, effects: 2 },
    );
    const { _aws, ...members } = counters ?? { _aws: undefined };
    expect(members).toEqual({
      Pipeline: 'orders',
      Stage: 'action',
      Done: 2,
      InDoubt: 1,
      Retried: 1,
      GoodEvents: 1,
      TotalEvents: 4,
      LostEvents: 1,
      Emitted: 2,
      Effects: 2,
    });
    expect(_aws).toEqual({
      Timestamp: 1_000,
      CloudWatchMetrics: [
        {
          Namespace: 'Freshet',
          Dimensions: [['Pipeline', 'Stage']],
          Metrics: Object.keys(members)
            .filter((name) => !['Pipeline', 'Stage'].includes(name))
            .map((Name) => ({ Name, Unit: 'Count' })),
        },
      ],
    });
    expect(rest.some((blob) => 'TotalEvents' in blob)).toBe(false);
  });

  it('name every verdict in PascalCase', () => {
    const kinds: readonly Verdict[] = [
      { kind: 'done' },
      { kind: 'state-only' },
      { kind: 'suppressed', reason: 'late' },
      { kind: 'dead-lettered', reason: 'schema' },
      { kind: 'in-doubt' },
      { kind: 'ignored', type: 't' },
      { kind: 'fenced' },
      { kind: 'mapping-gave-up' },
      { kind: 'retry', cause: 'paused' },
    ];
    expect(blobsOf(kinds, [])[0]).toMatchObject({
      Done: 1,
      StateOnly: 1,
      Suppressed: 1,
      DeadLettered: 1,
      InDoubt: 1,
      Ignored: 1,
      Fenced: 1,
      MappingGaveUp: 1,
      Retried: 1,
    });
  });

  it('have freshness as values, as it is, and each segment under its own dimension', () => {
    const blobs = blobsOf([], [sample(-20), sample(30)]);
    expect(blobs).toHaveLength(7);
    expect(blobs[1]).toMatchObject({ FreshnessMs: [-20, 30] });
    expect(declared(blobs[1])).toMatchObject({
      Dimensions: [['Pipeline', 'Stage']],
      Metrics: [{ Name: 'FreshnessMs', Unit: 'Milliseconds' }],
    });
    expect(blobs.slice(2).map(({ Segment, SegmentMs }) => [Segment, SegmentMs])).toEqual([
      ['append', [1, 1]],
      ['receive', [2, 2]],
      ['process', [-26, 24]],
      ['external', [3, 3]],
      ['emit', [0, 0]],
    ]);
    expect(declared(blobs[2])?.Dimensions).toEqual([['Pipeline', 'Stage', 'Segment']]);
  });

  it('count what broke the target under its own stage and segment', () => {
    const blobs = blobsOf(
      [],
      [
        sample(10),
        sample(9_000, false, 'features.receive'),
        sample(9_000, false, 'action.external'),
        sample(9_000, false, 'features.receive'),
      ],
    ).filter((blob) => 'TargetBroken' in blob);
    expect(blobs.map(({ _aws, ...members }) => members)).toEqual([
      { Pipeline: 'orders', Stage: 'features', Segment: 'receive', TargetBroken: 2 },
      { Pipeline: 'orders', Stage: 'action', Segment: 'external', TargetBroken: 1 },
    ]);
    expect(declared(blobs[0])).toEqual({
      Namespace: 'Freshet',
      Dimensions: [['Pipeline', 'Stage', 'Segment']],
      Metrics: [{ Name: 'TargetBroken', Unit: 'Count' }],
    });
  });

  it.each([
    [0, []],
    [1, [1]],
    [100, [100]],
    [101, [100, 1]],
    [250, [100, 100, 50]],
  ])(
    'of %i samples are split where one metric would have more than 100 values, and none is lost',
    (count, pieces) => {
      const blobs = blobsOf(
        [],
        Array.from({ length: count }, (_, index) => sample(index)),
      );
      const values = blobs.flatMap(({ FreshnessMs }) =>
        FreshnessMs === undefined ? [] : [FreshnessMs as number[]],
      );
      expect(values.map(({ length }) => length)).toEqual(pieces);
      expect(values.flat()).toEqual(Array.from({ length: count }, (_, index) => index));
      expect(blobs.filter((blob) => 'TotalEvents' in blob).map(({ TotalEvents }) => TotalEvents)).toEqual([
        count,
      ]);
      for (const blob of blobs)
        expect(Object.values(blob).every((value) => !Array.isArray(value) || value.length <= 100)).toBe(true);
    },
  );
});
