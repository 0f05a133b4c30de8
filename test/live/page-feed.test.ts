import { describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { pageBench, type PageBench } from '../support/page-bench.ts';
import type { PageDecision, PageRow, PageTrace } from '../../lib/local/page/protocol/page-state.ts';

/** The whole recording, played and processed, with somebody who looked at it from the beginning. */
const played = async (fixture: string, folder = temporaryFolder()): Promise<PageBench> => {
  const bench = await pageBench(fixture, { kind: 'fast' }, folder);
  bench.listen();
  await bench.run.play();
  await bench.run.drain({ withAction: true });
  await bench.until(
    'all decisions to be told of',
    ({ quality, phase, books }) => phase === 'played' && books.balanced && quality.decisions > 0,
  );
  return bench;
};

describe('what the page is told', () => {
  it('is what the report says in the end', async () => {
    const bench = await played('meters');
    const { state, points } = await bench.page.feed.hello();
    const report = await bench.run.report();
    expect(state).toMatchObject({
      pipeline: 'meters',
      phase: 'played',
      problem: null,
      played: 46,
      toPlay: 46,
      target: { ms: 5_000, objective: 0.99 },
    });
    expect(state.books.effects).toEqual(report.effects);
    expect(state.books.receiver).toEqual(report.receiver);
    for (const { name, received, settled, verdicts } of state.books.stages) {
      expect(received).toBe(report.stages[name]?.received);
      expect(settled).toBe(report.stages[name]?.consumed);
      expect(verdicts).toEqual(report.stages[name]?.verdicts);
    }
    const { auc, precision, recall, decisions, judged } = report.quality;
    expect(state.quality).toMatchObject({ precision, recall, decisions, judged });
    expect(state.quality.auc).toBeCloseTo(auc ?? Number.NaN, 10);
    expect(state.quality.calibration.reduce((sum, { count }) => sum + count, 0)).toBe(judged);
    expect(state.kept).toEqual({ ...report.target, budgetLeft: expect.any(Number) });
    expect(points.length).toBeGreaterThan(0);
    await vi.waitFor(
      async () => {
        const last = (await bench.page.feed.hello()).points.at(-1);
        expect(last).toMatchObject({
          simulated: state.simulated,
          quality: { auc: state.quality.auc, precision, recall },
        });
      },
      { timeout: 30_000 },
    );
    expect(Object.keys(points[0]?.stages ?? {})).toEqual(state.stages.map(({ name }) => name));
  });

  it('names topics and stages as they hang together', async () => {
    const bench = await played('meters');
    const { topics, stages } = await bench.page.feed.state();
    expect(topics.map(({ kind, records, writtenBy, readBy }) => [kind, records, writtenBy, readBy])).toEqual([
      ['context', 8, null, 'context-weather'],
      ['dead-letters', 0, 'context-weather', null],
      ['source', 38, null, 'features'],
      ['dead-letters', 0, 'features', null],
      ['vectors', 30, 'features', 'inference'],
      ['dead-letters', 0, 'inference', null],
      ['decisions', 30, 'inference', 'action'],
      ['dead-letters', 0, 'action', null],
      ['outcomes', 30, 'action', null],
    ]);
    const names = topics.map(({ name }) => name);
    for (const { reads, writes, deadLetterTopic, lag, trouble } of stages) {
      expect(names).toContain(reads);
      expect(names).toContain(deadLetterTopic);
      expect([null, ...names]).toContain(writes);
      expect(lag).toBe(0);
      expect(trouble).toBeNull();
    }
    expect(stages.map(({ writes }) => writes === null)).toEqual([true, false, false, false]);
  });

  it('tells each decision once, with why, and whether it was right', async () => {
    const bench = await played('meters');
    const told = bench.told.decisions.flatMap(({ decisions }) => decisions);
    const skipped = bench.told.decisions.reduce((sum, event) => sum + event.skipped, 0);
    expect(told.length + skipped).toBe(30);
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
    const shown = bench.page.feed.decisions.shown;
    expect(shown.map(({ id }) => id)).toEqual(told.map(({ id }) => id));
    const one = shown.find(({ acted }) => acted) as PageDecision;
    expect(one.title).toMatch(/^\S+ in \S+$/);
    expect(one.why).toEqual([expect.stringMatching(/^used [\d.]+ kWh$/)]);
    expect(one.contributions).toEqual([{ feature: 'usedKwh', logOdds: expect.any(Number) }]);
    expect(one.outcome).not.toBeNull();
  });

  it('says what a decision is about where the recording explains none', async () => {
    const bench = await played('orders');
    const [first] = bench.page.feed.decisions.shown;
    expect(first).toMatchObject({ title: first?.key, why: [], contributions: [], outcome: null });
    expect((await bench.page.feed.state()).quality).toMatchObject({ judged: 0, auc: null, calibration: [] });
  });

  it('shows rows with their versions, and the context of their key', async () => {
    const bench = await played('meters');
    const { rows } = (await bench.json('/api/meters/rows')) as { readonly rows: readonly PageRow[] };
    expect(rows.length).toBeGreaterThan(0);
    const { rows: store } = bench.run.parts.prepared.platform;
    for (const { key, version, changedMs, changes } of rows) {
      const [read] = await store.read([key]);
      const body = read?.kind === 'read' ? read.value?.body : undefined;
      expect((JSON.parse(body ?? '{}') as { readonly version: number }).version).toBe(version);
      expect(changedMs ?? 0).toBeGreaterThanOrEqual(0);
      expect(changes).toBeLessThanOrEqual(version);
    }
    const [{ key, version } = { key: '', version: 0 }] = rows;
    const shown = await bench.json(`/api/meters/rows/${encodeURIComponent(key)}`);
    expect(shown).toMatchObject({
      row: { version },
      versions: expect.arrayContaining([expect.objectContaining({ version, at: expect.any(Number) })]),
      context: { weather: { body: { district: key }, ageMs: expect.any(Number) } },
    });
  });

  it('follows a decision back to its event and on to its outcome', async () => {
    const bench = await played('meters');
    const done = bench.page.feed.decisions.shown.find(({ acted }) => acted) as PageDecision;
    const query = `/api/meters/trace?id=${encodeURIComponent(done.correlation)}`;
    const trace = (await bench.json(query)) as PageTrace;
    expect(trace.correlation).toBe(done.correlation);
    expect(trace.steps.map(({ kind }) => kind)).toEqual([
      'event',
      'row',
      'context',
      'vector',
      'decision',
      'effect',
      'outcome',
    ]);
    expect(trace.missing).toEqual([]);
    expect(trace.steps.every(({ payload }) => payload === null)).toBe(true);
    const revealed = (await (await bench.reveal(query)).json()) as PageTrace;
    expect(revealed.steps.find(({ kind }) => kind === 'event')?.payload).toMatchObject({
      district: done.key,
    });
    const audits = await bench.run.parts.prepared.platform.operations.audits(1);
    expect(audits).toMatchObject([{ what: `reveal the trace of ${done.correlation}` }]);
  });

  it('lists what was done, the newest first', async () => {
    const bench = await played('meters');
    const { effects } = (await bench.json('/api/meters/effects?which=done')) as {
      readonly effects: readonly { readonly key: string; readonly state: string }[];
    };
    expect(effects).toHaveLength(5);
    for (const effect of effects)
      expect(effect).toMatchObject({ key: expect.stringMatching(/^freshet-/), state: 'DONE', attempts: 0 });
  });

  it('is of another run after a restart, and knows what the one before had done', async () => {
    const folder = temporaryFolder();
    const first = await played('meters', folder);
    const { runId } = await first.page.feed.state();
    await first.close();
    const second = await pageBench('meters', { kind: 'fast' }, folder);
    second.listen();
    const state = await second.until('the decisions of before', ({ quality }) => quality.decisions === 30);
    expect(state.runId).not.toBe(runId);
    expect(state).toMatchObject({ played: 46, books: { balanced: true } });
    expect(state.contexts).toMatchObject([{ name: 'weather', keys: expect.any(Number) }]);
    expect(state.contexts[0]?.keys).toBeGreaterThan(0);
    const { rows } = (await second.json('/api/meters/rows')) as { readonly rows: readonly unknown[] };
    expect(rows.length).toBeGreaterThan(0);
  });
});
