import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { startFreshetWith, until, type FreshetProcess } from '../support/freshet-process.ts';
import { browsing, overflowOf, violationsOf } from './browser.ts';

const { open, forgive } = browsing();

/** What a browser writes while nobody answers. */
const isOfServer = /ERR_CONNECTION|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|Failed to load resource/;

interface Run extends FreshetProcess {
  readonly address: string;
}

const play = async (state: string, ...args: readonly string[]): Promise<Run> => {
  const started = startFreshetWith({
    args: ['dev', 'departure-delay', '--state', state, ...args],
    // In CI nobody is there to look at a page.
    env: { CI: '' },
  });
  const address = (): string | undefined =>
    /see it heal: (http:\/\/\S+)/.exec(started.written.out + started.written.err)?.[1];
  await until(
    'the address of the page',
    () => address() !== undefined,
    () => started.written.err,
  );
  return { ...started, address: address() ?? '' };
};

const stop = async ({ child, ended }: Run): Promise<void> => {
  child.kill('SIGINT');
  await ended;
};

const view = async (page: Page, name: string): Promise<void> => {
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { level: 1 }).waitFor();
};

const press = async (page: Page, name: string): Promise<string> => {
  await page.locator('.said').evaluate((said) => {
    said.textContent = '';
  });
  await page.getByRole('button', { name, exact: true }).click();
  await expect.poll(() => page.locator('.said').textContent()).not.toBe('');
  const said = (await page.locator('.said').textContent()) ?? '';
  expect(said).not.toMatch(/^✕/);
  return said;
};

const textOf = (page: Page): Promise<string> => page.locator('main').innerText();

describe('a run of the flights', () => {
  it.each([
    ['light', 1280],
    ['dark', 400],
  ] as const)('is shown on every view, in %s at %i px', async (scheme, width) => {
    const run = await play(temporaryFolder({}), '--speed', '40000');
    const page = await open(run.address, { scheme, width });
    const isAsItShouldBe = async (name: string): Promise<void> => {
      expect(await violationsOf(page), name).toEqual([]);
      expect(await overflowOf(page), name).toBe(0);
    };
    await expect.poll(() => textOf(page)).toMatch(/[1-9][\d,]* effects, 0 twice/);
    expect(await page.locator('.picture').textContent()).toContain('context-weather');
    await isAsItShouldBe('overview');

    await view(page, 'Freshness');
    await expect.poll(() => page.locator('.plot-legend').first().innerText()).toMatch(/action\s+[\d.]+ m?s/);
    await isAsItShouldBe('freshness');

    await view(page, 'Live table');
    await page.getByRole('link', { name: 'EWR' }).click();
    await expect.poll(() => textOf(page)).toContain('"delayByCarrier"');
    await expect.poll(() => textOf(page)).toContain('"visibilityMi"');
    await isAsItShouldBe('table');

    await view(page, 'Decisions');
    await page.getByRole('button', { name: 'Acted on' }).click();
    await page.locator('.decision').first().waitFor();
    await page.locator('.decision summary').first().click();
    await page.locator('.contributions li').first().waitFor();
    expect(await page.locator('.contributions').first().innerText()).toContain('delayCarrierMin');
    await expect.poll(() => page.locator('.quality').innerText()).toMatch(/AUC\s+0\.\d{3}/);
    await isAsItShouldBe('decisions');

    await page.getByRole('link', { name: 'Trace its way' }).first().click();
    await expect
      .poll(() => page.locator('.step .kind').allTextContents())
      .toEqual(expect.arrayContaining(['event', 'row', 'context', 'vector', 'decision', 'effect']));
    await page.getByRole('button', { name: 'Show payloads' }).click();
    await expect.poll(() => page.locator('.steps').innerText()).toContain('"scheduledDeparture"');
    await isAsItShouldBe('trace');

    await view(page, 'Dead letters');
    await page.getByRole('button', { name: 'Done' }).click();
    await expect.poll(() => textOf(page)).toContain('DONE');
    await isAsItShouldBe('letters');
    await page.close();
    await stop(run);
  });

  it('is broken by every control, heals, and has lost and doubled nothing', async () => {
    const run = await play(temporaryFolder({}), '--speed', '15000', '--to', '2013-01-06');
    const page = await open(run.address);
    await expect.poll(() => textOf(page)).toMatch(/[1-9][\d,]* effects, 0 twice/);

    await press(page, 'Pause');
    await expect.poll(() => page.locator('.phase').textContent()).toBe('paused');
    await press(page, 'Play');
    await page.getByLabel('Worker of', { exact: true }).selectOption('inference');
    await press(page, 'Kill a worker of the chosen stage');
    await expect
      .poll(() =>
        page
          .getByRole('row', { name: /^inference/ })
          .first()
          .innerText(),
      )
      .toMatch(/\(\d ended\)/);
    await press(page, 'Drop receiver');
    await expect.poll(() => page.locator('.troubles').innerText()).toContain('The receiver is dropped');
    await press(page, 'Bring receiver back');
    await page.getByLabel('Slow model', { exact: true }).selectOption('250');
    await expect
      .poll(() => page.locator('.troubles').innerText())
      .toContain('Each call of the model takes 250 ms longer.');
    await page.getByLabel('Slow model', { exact: true }).selectOption('0');
    await press(page, 'Pause action');
    await expect.poll(() => page.locator('.troubles').innerText()).toContain('Action is paused');
    await press(page, 'Resume action');
    await press(page, 'Send poison event');

    await view(page, 'Dead letters');
    const letter = page.locator('.letter').first();
    await letter.waitFor();
    expect(await letter.locator('.payload').isVisible()).toBe(false);
    await letter.getByRole('button', { name: 'Show payload' }).click();
    await expect.poll(async () => (await letter.locator('.payload').innerText()).length).toBeGreaterThan(2);

    await page.getByLabel('Speed', { exact: true }).selectOption('fast');
    await view(page, 'Overview');
    await expect
      .poll(() => page.locator('.phase').textContent(), { timeout: 90_000 })
      .toBe('played to the end');
    await expect.poll(() => page.locator('.balance').textContent()).toContain('✓ Balanced');
    const proof = (await page.locator('.proof').textContent()) ?? '';
    const [, received, settled] = /([\d,]+) in = ([\d,]+) settled; [\d,]+ effects, 0 twice/.exec(proof) ?? [];
    expect(settled, proof).toBe(received);
    expect(settled, proof).toBeDefined();
    await page.close();
    await stop(run);
    expect(run.written.out).toContain('balanced   yes');
  });

  it('is heard again after it was started again, and after --reset is another', async () => {
    forgive(isOfServer);
    const state = temporaryFolder({});
    const first = await play(state, '--speed', '15000');
    const page = await open(first.address);
    await view(page, 'Decisions');
    await page.locator('.decision').first().waitFor();
    await stop(first);
    await expect.poll(() => page.locator('.banner').innerText()).toContain('The run has ended.');
    expect(await page.locator('.decision').count()).toBeGreaterThan(0);

    const second = await play(state, '--speed', '15000');
    expect(second.address).toBe(first.address);
    await expect.poll(() => page.locator('.link').textContent()).toBe('live');
    await press(page, 'Pause');
    await stop(second);

    await expect.poll(() => page.locator('.link').textContent()).toBe('ended');
    const third = await play(state, '--speed', '60', '--reset', '--page-port', new URL(first.address).port);
    await expect.poll(() => page.locator('.link').textContent()).toBe('live');
    await expect.poll(() => textOf(page)).toContain('No decision yet.');
    await page.close();
    await stop(third);
  });
});
