import { describe, expect, it } from 'vitest';
import { freshnessOf } from '../../../../lib/core/batch/measure.ts';
import type { Envelope, Hop } from '../../../../lib/core/envelope.ts';
import type { FreshnessSample } from '../../../../lib/core/ports/stage-ports.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { decision } from '../../../support/stage-records.ts';

const published = 1_000_000;

const hopOfStage = (stage: string, different: Partial<Hop> = {}): Hop => ({
  stage,
  appendMs: 1,
  receiveMs: 2,
  processMs: 3,
  externalMs: 4,
  ...different,
});

const envelope = (hops: readonly Hop[]): Envelope => ({
  identity: { source: '/s', id: '1' },
  type: 'decision',
  publishedAt: epochMsOf(published),
  correlationId: '/s#1',
  origin: { time: epochMsOf(published), append: epochMsOf(published), digest: '' },
  expiry: epochMsOf(published + 60_000),
  sequence: 1,
  trace: { traceparent: undefined, tracestate: undefined },
  hops,
  flags: [],
});

const sampleOf = (hops: readonly Hop[], hop: Hop, totalMs: number, emitMs = 5): FreshnessSample => {
  const emittedAt = epochMsOf(published + totalMs);
  return freshnessOf(envelope(hops), hop, epochMsOf(emittedAt - emitMs), emittedAt, 5_000);
};

describe('a target that was broken', () => {
  const features = hopOfStage('features');
  const inference = hopOfStage('inference');
  const action = hopOfStage('action');

  it.each<readonly [string, readonly Hop[], Hop]>([
    ['features.receive', [{ ...features, receiveMs: 4_000 }, inference], { ...action, processMs: 3_999 }],
    ['inference.external', [features, { ...inference, externalMs: 9_000 }], action],
    ['inference.append', [features, { ...inference, appendMs: 9_000 }], action],
    ['action.process', [features, inference], { ...action, processMs: 9_000 }],
    ['context-weather.append', [], hopOfStage('context-weather', { appendMs: 9_000 })],
  ])('was broken by %s', (brokenBy, hops, hop) => {
    expect(sampleOf(hops, hop, 5_001)).toMatchObject({ good: false, brokenBy });
  });

  it('may have been broken by the broker, after everything was done', () => {
    expect(sampleOf([features, inference], action, 9_000, 8_000).brokenBy).toBe('action.emit');
  });

  it('is not named where it was kept, to the millisecond', () => {
    expect(sampleOf([{ ...features, receiveMs: 4_000 }], inference, 5_000)).toMatchObject({
      good: true,
      brokenBy: undefined,
    });
  });
});

describe('a result whose emission fails', () => {
  const brokerIsDown = (bench: StageBench, isDown: boolean): void => {
    bench.producer.answer = () => (isDown ? { kind: 'failed', cause: new Error('no leader') } : undefined);
  };

  it('counts once, and as bad: a broker that is down makes nothing look fresher', async () => {
    const bench = new StageBench();
    brokerIsDown(bench, true);
    await bench.action([decision(1)]);
    expect(bench.report).toMatchObject({ freshness: [], bad: 1, lost: 0, emitted: 0, effects: 1 });
    await bench.action([decision(1)]);
    brokerIsDown(bench, false);
    await bench.action([decision(1)]);
    for (const report of bench.telemetry.reports.slice(1))
      expect(report).toMatchObject({ freshness: [], bad: 0, emitted: 0, effects: 0 });
  });

  it('that is a letter and frozen nowhere counts when it is out', async () => {
    const bench = new StageBench();
    await bench.action([decision(1, { id: 'e1' })]);
    const conflict = decision(2, { id: 'e1', payload: 'other' });
    brokerIsDown(bench, true);
    await bench.action([conflict]);
    expect(bench.report.bad).toBe(0);
    brokerIsDown(bench, false);
    await bench.action([conflict]);
    expect(bench.report.bad).toBe(1);
  });
});
