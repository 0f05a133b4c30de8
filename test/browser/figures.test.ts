import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browsing, violationsOf } from './browser.ts';
import { startFakePageServer, type FakePageServer } from './fake-page-server.ts';
import { fakeHello, fakePoint, fakeState, fakeTopics } from './fake-run.ts';

const { open } = browsing();

let server: FakePageServer;
beforeAll(async () => {
  server = await startFakePageServer({ hello: fakeHello });
});
afterAll(() => server.stop());

const at = (path: string): string => `${server.address}/#/departure-delay/${path}`;

describe('the overview', () => {
  it('says the proof, and the figures of each edge', async () => {
    const page = await open(at('overview'));
    await page.locator('.picture .card').first().waitFor();
    const text = await page.locator('main').innerText();
    expect(text).toContain('24,000 in − 23,983 settled = 17 under way');
    expect(text).toContain('1,000 effects, 0 twice');
    expect(text).toContain('99.87 %');
    const drawn = (await page.locator('.picture').textContent()) ?? '';
    for (const said of [
      'context-weather',
      'vector.computed',
      'lag',
      'oldest',
      'fresh p99',
      'receiver',
      'no dead letters',
    ])
      expect(drawn).toContain(said);
  });

  it('says what was lost beside how the target was kept', async () => {
    const page = await open(at('overview'));
    const text = (): Promise<string> => page.locator('main').innerText();
    await expect.poll(text).toContain('promised for 99 %\n');
    const kept = { share: 0.9, lost: 1_234, brokenMostBy: null, budgetLeft: -9 };
    server.publish('state', fakeState(201, { kept }));
    await expect.poll(text).toContain('promised for 99 %; 1,234 lost\n');
    expect(await text()).toContain('✕ 10.0 × what may be late or lost');
    server.publish('state', fakeState(200));
    await expect.poll(text).not.toContain('1,234 lost');
  });

  it('names the stage and the segment that broke the target most often, where it is not kept', async () => {
    const page = await open(at('overview'));
    const note = (): Promise<string | null> =>
      page.locator('.figure-box', { hasText: 'Target kept' }).locator('.note').textContent();
    await expect.poll(note).toBe('within 5.0 s; promised for 99 %');
    const kept = { share: 0.9, lost: 0, brokenMostBy: 'inference.external', budgetLeft: -9 };
    server.publish('state', fakeState(201, { kept }));
    await expect
      .poll(note)
      .toBe('✕ within 5.0 s; promised for 99 %; broken most often by inference.external');
    server.publish('state', fakeState(200));
  });

  it('names the segment that holds up the oldest record: the slowest, or that it waits to be received', async () => {
    const page = await open(at('overview'));
    const state = fakeState(200);
    const nothing = { append: null, receive: null, process: null, external: null, emit: null };
    const slow = { ...nothing, process: { p50: 40, p99: 50 }, emit: { p50: 30, p99: 900 } };
    server.publish('state', {
      ...state,
      stages: state.stages.map((stage) => ({
        ...stage,
        firstUncommittedMs: { features: 6_000, inference: 7_000 }[stage.name] ?? 0,
        segmentsMs: stage.name === 'features' ? slow : nothing,
      })),
    });
    const pipe = (topic: string): Promise<string | null> =>
      page.locator('.picture .pipe', { has: page.locator('title', { hasText: topic }) }).textContent();
    const { source, vectors, decisions } = fakeTopics;
    await expect.poll(() => pipe(source)).toMatch(/oldest6\.0 s ✕.*held up byprocess$/);
    expect(await pipe(vectors)).toMatch(/oldest7\.0 s ✕.*held up byreceive$/);
    expect(await pipe(decisions)).not.toContain('held up');
    const row = (name: string): Promise<string> => page.getByRole('row', { name }).first().innerText();
    expect(await row('features')).toContain('6.0 s ✕ process');
    expect(await row('inference')).toContain('7.0 s ✕ receive');
    expect(await page.locator('.troubles').textContent()).toContain('held up by features.process;');
    server.publish('state', fakeState(200));
  });

  it('says how many go to dead letters and to the receiver, and how fast', async () => {
    const page = await open(at('overview'));
    const state = fakeState(200);
    const ofFeatures = state.stages.find(({ name }) => name === 'features');
    server.publish('state', {
      ...state,
      requestsPerSecond: 7.4,
      topics: state.topics.map((topic) =>
        topic.name === ofFeatures?.deadLetterTopic ? { ...topic, records: 17, perSecond: 2.6 } : topic,
      ),
      stages: state.stages.map((stage) => ({ ...stage, deadLetters: stage.name === 'features' ? 17 : 0 })),
    });
    const letters = (nth: number): Promise<string | null> =>
      page.locator('.picture .stage').nth(nth).textContent();
    await expect.poll(() => letters(1)).toContain('17 dead letters2.6/s');
    expect(await letters(2)).toMatch(/no dead letters$/);
    expect(await page.locator('.picture .receiver').textContent()).toMatch(/1,000 requests7\.4\/s$/);
    const row = page.getByRole('row', { name: 'features' }).first();
    expect(await row.innerText()).toContain('17 · 2.6/s');
    server.publish('state', fakeState(200));
  });

  it('says in words what is broken, and by which segment', async () => {
    const page = await open(at('overview'));
    const state = fakeState(300);
    server.publish('state', {
      ...state,
      stages: state.stages.map((stage) =>
        stage.name === 'action'
          ? {
              ...stage,
              brokenBy: 'action.external',
              trouble: 'the receiver answered 503',
              freshnessMs: { p50: 6_000, p99: 9_000 },
              firstUncommittedMs: 12_000,
            }
          : stage,
      ),
      controls: { ...state.controls, receiver: 'dropped' },
    });
    await expect
      .poll(() => page.locator('.troubles').textContent())
      .toContain('action misses the target of 5.0 s (p99 9.0 s): most of the time goes to action.external.');
    expect(await page.locator('.troubles').textContent()).toContain('action: the receiver answered 503');
    expect(await page.locator('.troubles').textContent()).toContain(
      'action is behind: the oldest record of departure-delay.decision.made waits for 12.0 s, held up by action.receive; the target is 5.0 s.',
    );
    expect(await page.locator('.picture .stage.broken').textContent()).toContain('✕ action.external');
    expect(await page.locator('.picture .receiver').textContent()).toContain('✕ dropped');
    expect(await violationsOf(page)).toEqual([]);
    server.publish('state', fakeState(200));
    await expect.poll(() => page.locator('.calm').isVisible()).toBe(true);
  });
});

describe('freshness', () => {
  it('is drawn at the chosen percentile, by stage and by segment alike', async () => {
    const page = await open(at('freshness'));
    await page.locator('.link.open').waitFor();
    const point = fakePoint(250);
    const action = { ...point.stages['action'], perSecond: 1, lag: 0, p50: 41, p99: 917 };
    server.publish('point', {
      ...point,
      stages: {
        ...point.stages,
        action: { ...action, segmentsMs: [1, 2, 31, 811, 5, 61, 7, 81, null, null] },
      },
    });
    const [byStage, bySegment] = [0, 1].map((nth) => page.locator('.plot-legend').nth(nth));
    const legends = async (): Promise<string> =>
      `${await byStage?.innerText()} | ${await bySegment?.innerText()}`.replaceAll(/\s+/g, ' ');
    await expect
      .poll(legends)
      .toMatch(/action 917 ms \| append 2 ms receive 811 ms process 61 ms external 81 ms emit –$/);
    await page.getByRole('button', { name: 'p50' }).click();
    await expect
      .poll(legends)
      .toMatch(/action 41 ms \| append 1 ms receive 31 ms process 5 ms external 7 ms emit –$/);
  });
});
