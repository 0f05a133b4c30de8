import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { browsing, overflowOf, violationsOf } from './browser.ts';
import { fakeEffects, fakeLetters, fakeRedriveCommand } from './fake-letters.ts';
import { startFakePageServer, type FakePageServer } from './fake-page-server.ts';
import { fakeDecision, fakeHello, fakePoint, fakeRows, fakeState } from './fake-run.ts';
import { viewPaths } from './view-paths.ts';

const { open, forgive } = browsing();

let server: FakePageServer;
beforeAll(async () => {
  server = await startFakePageServer({ hello: fakeHello });
});
afterAll(() => server.stop());

const at = (path: string): string => `${server.address}/#/departure-delay/${path}`;

describe.each(['light', 'dark'] as const)('in %s', (scheme) => {
  it.each([1280, 400])('every view is accessible and as wide as the page, at %i px', async (width) => {
    const page = await open(at('overview'), { width, scheme });
    for (const [name, path, filled] of viewPaths) {
      await page.goto(at(path));
      await page.locator(filled).first().waitFor();
      expect(await violationsOf(page), name).toEqual([]);
      expect(await overflowOf(page), name).toBe(0);
    }
  });
});

describe('decisions', () => {
  it('say why, and learn whether they were right, while one is read', async () => {
    const page = await open(at('decisions'));
    const first = page.locator('.decision').nth(0);
    const decision = fakeDecision(39);
    await first.locator('summary').click();
    await first.locator('.contributions li').first().waitFor();
    expect(await first.locator('.decision-details').innerText()).toContain('the time of day, 21:00 UTC');
    expect(await first.locator('.contributions').innerText()).toMatch(/delayCarrierMin\s+\+\d\.\d\d/);
    server.publish('decisions', { decisions: [fakeDecision(1_000)], skipped: 7 });
    server.publish('outcomes', [{ id: decision.id, outcome: decision.acted }]);
    await expect.poll(() => first.locator('.judged').textContent()).toMatch(/^✓ right/);
    expect(await first.locator('.title').textContent()).toBe(decision.title);
    await page.getByRole('button', { name: 'Hold the list' }).click();
    await expect
      .poll(() => page.locator('.decision .title').first().textContent())
      .toBe(fakeDecision(1_000).title);
    expect(await page.locator('main').innerText()).toContain('7 older ones came too fast to be listed');
  });

  it('are judged together over the simulated time', async () => {
    const page = await open(at('decisions'));
    const legend = page.locator('.quality .plot-legend');
    await expect.poll(() => legend.innerText()).toMatch(/AUC\s+0\.75\s+precision\s+0\.49\s+recall\s+0\.28/);
    await page.locator('.quality .uplot canvas').waitFor();
    const point = fakePoint(250);
    server.publish('point', { ...point, quality: { auc: 0.81, precision: null, recall: 0.5 } });
    await expect.poll(() => legend.innerText()).toMatch(/AUC\s+0\.81\s+precision\s+–\s+recall\s+0\.50/);
    // The simulated time stands still while playing pauses: what becomes known then counts.
    server.publish('point', { ...point, quality: { auc: 0.82, precision: 0.4, recall: 0.5 } });
    await expect.poll(() => legend.innerText()).toMatch(/AUC\s+0\.82\s+precision\s+0\.40/);
  });

  it('are calibrated: a dot for each bin that has any, further up the more of it came true', async () => {
    const page = await open(at('decisions'));
    const dots = page.locator('.calibration circle');
    const { quality } = fakeState(200);
    await expect.poll(() => dots.count()).toBe(quality.calibration.length);
    const bins = [
      { score: 0.1, positive: 0, count: 900 },
      { score: 0.5, positive: 0.25, count: 100 },
      { score: 1, positive: 1, count: 1 },
    ];
    server.publish('state', fakeState(201, { quality: { ...quality, calibration: bins } }));
    await expect.poll(() => dots.count()).toBe(bins.length);
    const placed = await dots.evaluateAll((all) =>
      all.map((dot) => ['cx', 'cy', 'r'].map((name) => Number(dot.getAttribute(name)))),
    );
    const [[x0 = 0, y0 = 0] = [], [x1 = 0, y1 = 0] = [], [x2 = 0, y2 = 0] = []] = placed;
    expect((x1 - x0) / (x2 - x0)).toBeCloseTo(4 / 9, 2);
    expect((y0 - y1) / (y0 - y2)).toBeCloseTo(1 / 4, 2);
    const sizes = placed.map(([, , size = 0]) => size);
    expect(sizes).toEqual(sizes.toSorted((one, other) => other - one));
    expect(new Set(sizes).size).toBe(bins.length);
    server.publish('state', fakeState(200));
  });

  it('lead to the way of their record, and back', async () => {
    const page = await open(at('decisions'));
    await page.locator('.decision summary').first().click();
    await page.getByRole('link', { name: 'Trace its way' }).click();
    await page.locator('.step').first().waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('heading');
    await page.goBack();
    await page.locator('.decision').first().waitFor();
  });

  it('can be narrowed to those acted on, and to the wrong ones', async () => {
    const page = await open(at('decisions'));
    await page.getByRole('button', { name: 'Acted on' }).click();
    await expect
      .poll(async () => new Set(await page.locator('.decision .acted').allTextContents()))
      .toEqual(new Set(['acted']));
    await page.getByRole('button', { name: 'Wrong' }).click();
    await expect
      .poll(async () =>
        (await page.locator('.decision .judged').allTextContents()).every((text) => text.startsWith('✕')),
      )
      .toBe(true);
  });
});

describe('payloads', () => {
  it('of a trace are redacted until asked for, and go again', async () => {
    const page = await open(at(`trace/${encodeURIComponent('a#1')}`));
    await page.locator('.step').first().waitFor();
    expect(await page.content()).not.toContain('the-payload-of-the-step');
    await page.getByRole('button', { name: 'Show payloads' }).click();
    await expect.poll(() => page.locator('main').innerText()).toContain('the-payload-of-the-step');
    await page.getByRole('button', { name: 'Hide payloads' }).click();
    await expect.poll(() => page.content()).not.toContain('the-payload-of-the-step');
  });

  it('of a dead letter are redacted until asked for, and go again', async () => {
    const page = await open(at('letters'));
    const letter = page.locator('.letter').first();
    await letter.waitFor();
    expect(await page.content()).not.toContain('the-payload-of');
    await letter.getByRole('button', { name: 'Show payload' }).click();
    await expect
      .poll(() => letter.innerText())
      .toContain('the-payload-of-flights.departure.observed.dlq/1/0');
    await letter.getByRole('button', { name: 'Hide payload' }).click();
    await expect.poll(() => page.content()).not.toContain('the-payload-of');
  });
});

describe('lists', () => {
  it('say how many there are where not all are shown', async () => {
    const rows = { ...fakeRows(1), total: 500, isMore: true };
    const busy = await startFakePageServer({
      hello: fakeHello,
      letters: { ...fakeLetters, total: 5_000, hasCopies: true },
      effects: { ...fakeEffects, total: 1_234 },
      rows: () => rows,
    });
    onTestFinished(() => busy.stop());
    const page = await open(`${busy.address}/#/departure-delay/letters`);
    await page.locator('.letter').first().waitFor();
    const text = (): Promise<string> => page.locator('main').innerText();
    await expect.poll(text).toContain('Newest 2 of 5,000 dead letters, copies among them.');
    await expect.poll(text).toContain('Oldest 1 of 1,234 effects');
    await page.getByRole('button', { name: 'Done' }).click();
    await expect.poll(text).toContain('No effect is done yet.');
    expect(await text()).not.toContain('0 effects');
    await page.goto(`${busy.address}/#/departure-delay/table`);
    await expect.poll(text).toContain('Newest 3 of more than 500 rows');
  });

  it('say no more than their number where all are shown', async () => {
    const page = await open(at('letters'));
    await page.locator('.letter').first().waitFor();
    const text = (): Promise<string> => page.locator('main').innerText();
    await expect.poll(text).toContain(`2 dead letters. ${fakeRedriveCommand}`);
    await expect.poll(text).toContain('1 effect');
    expect(await text()).not.toMatch(/Newest|Oldest/);
  });
});

describe('dead letters', () => {
  it('name the command that shows what a redrive would do, for this pipeline and state', async () => {
    const page = await open(at('letters'));
    await expect
      .poll(() => page.locator('.foot').innerText())
      .toContain(
        `${fakeRedriveCommand} shows what a redrive of all of them would do; with --execute it is done.`,
      );
  });
});

describe('the trace', () => {
  it('takes an id that is typed in', async () => {
    const page = await open(at('trace'));
    await page.getByLabel('Id of an event').fill('  /new-york/departures#é 1 ');
    await page.keyboard.press('Enter');
    await page.locator('.step').first().waitFor();
    expect(await page.locator('main h2').first().textContent()).toBe('/new-york/departures#é 1');
    expect(await page.locator('.since').allTextContents()).toContain('time not known');
  });

  it('says what is known of an id that nothing has', async () => {
    forgive(/404/);
    const page = await open(at('trace/unknown'));
    await expect.poll(() => page.locator('main').innerText()).toContain('No record is known as unknown.');
    expect(await page.locator('main').innerText()).toContain('Take an id from a decision.');
  });
});

describe('the live table', () => {
  it('shows rows, and one in full with its versions and its context', async () => {
    const page = await open(at('table'));
    await page.getByRole('link', { name: 'JFK' }).waitFor();
    const row = (key: string): Promise<string> => page.getByRole('row', { name: key }).innerText();
    expect(await row('JFK')).toMatch(/\d (ms|s) ago/);
    expect(await row('LGA')).toMatch(/LGA\s+[\d,]+\s+–\s+0$/);
    await page.getByRole('link', { name: 'JFK' }).click();
    await expect.poll(() => page.locator('main').innerText()).toContain('"delayShort"');
    const text = await page.locator('main').innerText();
    expect(text).toContain('Versions lately');
    expect(text).toContain('"visibilityMi": 10');
    expect(text).toContain('✓ fresh: oldest 42 min, allowed 2 h');
    expect(text).toContain('✓ fresh: 41 min old, allowed 2 h');
    expect(await page.locator('tr[aria-current]').innerText()).toContain('JFK');
  });

  it('says what changed from one version of a row to the next, member by member', async () => {
    const page = await open(at('table/JFK'));
    const version = (nth: number): Promise<readonly string[]> =>
      page.locator('.versions > li').nth(nth).locator('.changes li').allInnerTexts();
    await expect
      .poll(() => version(0))
      .toEqual([
        '/delayShort/weight 0.8 → 1.2',
        '/waiting/3 came: {"id":"B6509","scheduledMs":1357034400000}',
        '/delayByCarrier/UA went: {"sum":12,"weight":3}',
      ]);
    expect(await version(1)).toEqual([expect.stringContaining('"a" → "bbb'), 'and 7 other members']);
    expect(await version(2)).toEqual(['its state is the same']);
    expect(await version(4)).toEqual([]);
  });

  it('says of the context of a row that it is stale, or that nothing is known of its key', async () => {
    const page = await open(at('table/EWR'));
    await expect
      .poll(() => page.locator('main').innerText())
      .toContain('✕ stale: 2 h 30 min old, allowed 2 h');
    await page.getByRole('link', { name: 'LGA' }).click();
    await expect.poll(() => page.locator('main').innerText()).toContain('Nothing is known of this key.');
    expect(await page.locator('main').innerText()).not.toContain('null');
    expect(await violationsOf(page)).toEqual([]);
  });
});
