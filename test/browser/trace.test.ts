import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browsing } from './browser.ts';
import { startFakePageServer, type FakePageServer } from './fake-page-server.ts';
import { fakeState } from './fake-run.ts';

const { open, forgive } = browsing();

let server: FakePageServer;
beforeAll(async () => {
  server = await startFakePageServer({ hello: { state: fakeState(200), points: [], decisions: [] } });
});
afterAll(() => server.stop());

interface Asking {
  readonly page: Page;
  /** How often the way was asked for, without payloads and with them. */
  readonly asked: { GET: number; POST: number };
  /** Says what comes of a request; `undefined`: it is answered. */
  answer: ((route: Route) => Promise<void> | undefined) | undefined;
}

/** The way of a record, looked at with a clock that a test can turn. */
const look = async (id: string): Promise<Asking> => {
  const page = await open(`${server.address}/#/departure-delay/overview`);
  await page.locator('.picture .card').first().waitFor();
  await page.clock.install();
  const asking: Asking = { page, asked: { GET: 0, POST: 0 }, answer: undefined };
  await page.route('**/trace?*', async (route) => {
    asking.asked[route.request().method() as 'GET' | 'POST'] += 1;
    await (asking.answer?.(route) ?? route.continue());
  });
  await page.goto(`${server.address}/#/departure-delay/trace/${id}`);
  return asking;
};

const show = ({ page }: Asking) => page.getByRole('button', { name: 'Show payloads' });
const hide = ({ page }: Asking) => page.getByRole('button', { name: 'Hide payloads' });
const text = ({ page }: Asking): Promise<string> => page.locator('main').innerText();

/** Lets a minute pass for the page, turn by turn. */
const minute = async ({ page }: Asking): Promise<void> => {
  for (let second = 0; second < 60; second += 4) {
    await page.clock.runFor(4_000);
    await page.evaluate(() => fetch('/api/pipelines').then((answer) => answer.text()));
  }
};

describe('the way of a record', () => {
  it('is asked for again while more may come of it', async () => {
    const asking = await look('under-way');
    await expect
      .poll(async () => {
        await asking.page.clock.runFor(2_000);
        return asking.asked.GET;
      })
      .toBeGreaterThan(3);
  });

  it('that failed is not asked for again', async () => {
    const asking = await look('failed');
    await asking.page.locator('.step').first().waitFor();
    expect(await text(asking)).toContain('action gave it up: refused');
    await minute(asking);
    expect(asking.asked).toEqual({ GET: 1, POST: 0 });
  });

  it('that nobody knows is asked for again by a press alone', async () => {
    forgive(/404/);
    const asking = await look('unknown');
    await expect.poll(() => text(asking)).toContain('No record is known as unknown.');
    await minute(asking);
    expect(asking.asked).toEqual({ GET: 1, POST: 0 });
    await asking.page.getByRole('button', { name: 'Show its way' }).click();
    await expect.poll(() => asking.asked.GET).toBe(2);
  });
});

describe('payloads of the way of a record', () => {
  it('are asked for once, and stay while the way is asked for without them', async () => {
    const asking = await look('under-way');
    await show(asking).click();
    await expect.poll(() => text(asking)).toContain('the-payload-of-the-step');
    const { GET: before } = asking.asked;
    await expect
      .poll(async () => {
        await asking.page.clock.runFor(2_000);
        return asking.asked.GET;
      })
      .toBeGreaterThan(before + 2);
    expect(await text(asking)).toContain('the-payload-of-the-step');
    expect(asking.asked.POST).toBe(1);
    await hide(asking).click();
    await expect.poll(() => asking.page.content()).not.toContain('the-payload-of-the-step');
    expect(asking.asked.POST).toBe(1);
  });

  it('are said to be shown once they are', async () => {
    const asking = await look('failed');
    const { promise: gate, resolve: letThrough } = Promise.withResolvers<void>();
    asking.answer = (route) =>
      route.request().method() === 'POST' ? gate.then(() => route.continue()) : undefined;
    await show(asking).click();
    await expect.poll(() => asking.asked.POST).toBe(1);
    expect(await asking.page.locator('.said').textContent()).toBe('');
    letThrough();
    await expect.poll(() => asking.page.locator('.said').textContent()).toBe('Payloads are shown.');
    expect(await text(asking)).toContain('the-payload-of-the-step');
  });

  it('that are refused are not said to be shown, nor to be nowhere', async () => {
    forgive(/503/);
    const asking = await look('failed');
    asking.answer = (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({
            status: 503,
            json: { error: { what: 'The audit trail is away.', why: '', next: 'Try again in a moment.' } },
          })
        : undefined;
    await show(asking).click();
    await expect
      .poll(() => asking.page.locator('.said').textContent())
      .toContain('The audit trail is away. Try again in a moment.');
    expect(await show(asking).isVisible()).toBe(true);
    expect(await text(asking)).not.toContain('No payload is kept');
  });

  it('stay when an answer comes that was asked for before them', async () => {
    const asking = await look('under-way');
    await asking.page.locator('.step').first().waitFor();
    const { promise: gate, resolve: letThrough } = Promise.withResolvers<void>();
    const late = Promise.withResolvers<void>();
    asking.answer = (route) =>
      route.request().method() === 'POST'
        ? undefined
        : gate.then(async () => {
            await route.continue();
            late.resolve();
          });
    const { GET: before } = asking.asked;
    await expect
      .poll(async () => {
        await asking.page.clock.runFor(2_000);
        return asking.asked.GET;
      })
      .toBeGreaterThan(before);
    await show(asking).click();
    await expect.poll(() => text(asking)).toContain('the-payload-of-the-step');
    letThrough();
    await late.promise;
    const { GET: then } = asking.asked;
    await expect
      .poll(async () => {
        await asking.page.clock.runFor(2_000);
        return asking.asked.GET;
      })
      .toBeGreaterThan(then);
    expect(await text(asking)).toContain('the-payload-of-the-step');
    expect(await text(asking)).not.toContain('No payload is kept');
  });
});
