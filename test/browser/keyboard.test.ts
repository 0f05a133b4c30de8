import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browsing } from './browser.ts';
import { startFakePageServer, type FakePageServer } from './fake-page-server.ts';
import { fakeDecision, fakePoint, fakeState } from './fake-run.ts';

const { open } = browsing();

let server: FakePageServer;
beforeAll(async () => {
  server = await startFakePageServer({
    hello: { state: fakeState(200), points: [fakePoint(1)], decisions: [fakeDecision(1)] },
  });
});
afterAll(() => server.stop());

/** What has the focus, as it is called, and whether that is seen. */
const focused = (page: Page): Promise<{ readonly name: string; readonly isSeen: boolean }> =>
  page.evaluate(() => {
    const at = document.activeElement;
    if (!(at instanceof HTMLElement) || at === document.body) return { name: '', isSeen: true };
    const { outlineStyle, outlineWidth } = getComputedStyle(at);
    const label =
      at.getAttribute('aria-label') ??
      (at.id === '' ? undefined : document.querySelector(`label[for="${at.id}"]`)?.textContent);
    return {
      name: label ?? at.textContent ?? '',
      isSeen: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1,
    };
  });

const walked = async (page: Page, most: number): Promise<readonly string[]> => {
  const names: string[] = [];
  for (let step = 0; step < most; step++) {
    await page.keyboard.press('Tab');
    const { name, isSeen } = await focused(page);
    expect(isSeen, `the focus on “${name}” is seen`).toBe(true);
    if (name === '') break;
    names.push(name);
  }
  return names;
};

describe('by keyboard', () => {
  it('every control is reached in the order of the page, with a focus that is seen, and nothing holds it', async () => {
    const page = await open(`${server.address}/#/departure-delay/overview`);
    await page.locator('.picture .card').first().waitFor();
    expect(await walked(page, 40)).toEqual([
      'Skip to the view',
      'Overview',
      'Freshness',
      'Decisions',
      'Live table',
      'Trace',
      'Dead letters',
      'Stages',
      'The books',
      'Pause',
      'Speed',
      'Worker of',
      'Kill a worker of the chosen stage',
      'Drop receiver',
      'Slow model',
      'Send poison event',
      'Pause action',
    ]);
  });

  it('the head is skipped, the views are walked by arrows, and the back button leads back', async () => {
    const page = await open(`${server.address}/#/departure-delay/overview`);
    await page.locator('.picture .card').first().waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    expect(new URL(page.url()).hash).toBe('#/departure-delay/overview');
    await page.getByRole('link', { name: 'Overview' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.locator('.decision').first().waitFor();
    expect((await focused(page)).name).toBe('Decisions');
    expect(await page.locator('nav [aria-current]').textContent()).toBe('Decisions');
    await page.keyboard.press('End');
    expect((await focused(page)).name).toBe('Dead letters');
    await page.goBack();
    await page.locator('.picture .card').first().waitFor();
  });

  it('a decision is opened and closed', async () => {
    const page = await open(`${server.address}/#/departure-delay/decisions`);
    await page.locator('.decision summary').focus();
    await page.keyboard.press('Enter');
    await page.locator('.contributions li').first().waitFor();
    await page.keyboard.press('Space');
    await expect.poll(() => page.locator('.contributions').isVisible()).toBe(false);
  });

  it('at 400 px the breakers open and close, and the focus stays', async () => {
    const page = await open(`${server.address}/#/departure-delay/overview`, { width: 400 });
    const more = page.getByRole('button', { name: 'Break it' });
    await more.focus();
    await page.keyboard.press('Enter');
    expect(await more.getAttribute('aria-expanded')).toBe('true');
    expect(await page.getByRole('button', { name: 'Drop receiver' }).isVisible()).toBe(true);
    await page.keyboard.press('Enter');
    expect(await page.getByRole('button', { name: 'Drop receiver' }).isVisible()).toBe(false);
  });
});

describe('each control', () => {
  it('tells the run one thing, shows what holds now, and says the answer', async () => {
    const page = await open(`${server.address}/#/departure-delay/overview`);
    await page.locator('.picture .card').first().waitFor();
    const said = page.locator('.said');
    const press = async (name: string, answer: string): Promise<void> => {
      await page.getByRole('button', { name, exact: true }).click();
      await expect.poll(() => said.textContent()).toBe(answer);
    };
    const choose = async (label: string, value: string, answer: string): Promise<void> => {
      await page.getByLabel(label, { exact: true }).selectOption(value);
      await expect.poll(() => said.textContent()).toBe(answer);
    };
    await press('Pause', 'It is paused.');
    await expect.poll(() => page.locator('.phase').textContent()).toBe('paused');
    await press('Play', 'It plays.');
    await choose('Speed', 'fast', 'Another speed.');
    await page.getByLabel('Worker of', { exact: true }).selectOption('action');
    await press('Kill a worker of the chosen stage', 'A worker of action was killed.');
    await press('Drop receiver', 'The receiver is dropped.');
    await press('Bring receiver back', 'The receiver is answers.');
    await choose('Slow model', '3000', 'The model is slower by 3000 ms.');
    await press('Send poison event', 'A poison event was sent.');
    await press('Pause action', 'Action is paused.');
    await expect
      .poll(() => page.locator('.troubles').textContent())
      .toContain('Action is paused: decisions wait');
    await press('Resume action', 'Action is running.');
    expect(server.told.map(({ control }) => control)).toEqual([
      { kind: 'pause' },
      { kind: 'play' },
      { kind: 'speed', factor: 'fast' },
      { kind: 'kill-worker', stage: 'action' },
      { kind: 'receiver', is: 'dropped' },
      { kind: 'receiver', is: 'answers' },
      { kind: 'model-delay', ms: 3_000 },
      { kind: 'poison' },
      { kind: 'action', is: 'paused' },
      { kind: 'action', is: 'running' },
    ]);
    expect(await said.getAttribute('aria-live')).toBe('polite');
  });
});
