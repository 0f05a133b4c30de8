import { afterEach, describe, expect, it } from 'vitest';
import { browsing, violationsOf } from './browser.ts';
import { startFakePageServer, type FakeOptions, type FakePageServer } from './fake-page-server.ts';
import { fakeDecision, fakePoint, fakeState } from './fake-run.ts';
import { viewPaths } from './view-paths.ts';

const { open, forgive } = browsing();

const servers: FakePageServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const start = async (options: FakeOptions): Promise<FakePageServer> => {
  const server = await startFakePageServer(options);
  servers.push(server);
  return server;
};

const stop = async (server: FakePageServer): Promise<void> => {
  servers.splice(servers.indexOf(server), 1);
  await server.stop();
};

/** What a browser writes of a server that is gone, or that has another token. */
const isOfServer = /ERR_CONNECTION|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|Failed to load resource/;

const hello = (n: number, different: Parameters<typeof fakeState>[1] = {}) => ({
  state: fakeState(n, different),
  points: n === 0 ? [] : Array.from({ length: 30 }, (_, index) => fakePoint(index)),
  decisions: n === 0 ? [] : Array.from({ length: 10 }, (_, index) => fakeDecision(index)),
});

describe('a run that has just begun', () => {
  it('says on every view what will be there, and how it comes', async () => {
    const { address } = await start({
      hello: hello(0),
      letters: { letters: [], total: 0, hasCopies: false },
      effects: { effects: [], total: 0 },
    });
    const page = await open(address);
    const said: Readonly<Record<string, string>> = {
      overview: 'The run is starting.',
      freshness: 'nothing was settled lately',
      decisions: 'No decision yet.',
      table: 'No row yet.',
      trace: 'No record is chosen.',
      letters: 'Send a poison event with the controls below',
    };
    for (const [name] of viewPaths) {
      await page.goto(`${address}/#/departure-delay/${name}`);
      await expect.poll(() => page.locator('body').innerText(), { message: name }).toContain(said[name]);
      expect(await violationsOf(page), name).toEqual([]);
    }
    expect(await page.locator('main').innerText()).toContain('No effect is in doubt.');
  });
});

describe('the whole run', () => {
  it('is said to be broken, with what does not compile, line by line', async () => {
    const problem = 'functions/departure-delay/features.ts:12:3\n  Expected ";" but found "}"';
    const { address } = await start({ hello: hello(50, { problem }) });
    const page = await open(address);
    const banner = page.locator('.banner');
    await expect.poll(() => banner.innerText()).toContain('does not build');
    expect(await banner.locator('pre').textContent()).toBe(problem);
    expect(await violationsOf(page)).toEqual([]);
  });

  it('is said to be finished, with its books', async () => {
    const server = await start({ hello: hello(50) });
    const page = await open(server.address);
    await page.locator('.picture .card').first().waitFor();
    const state = fakeState(60);
    server.publish('state', { ...state, phase: 'played', books: { ...state.books, balanced: true } });
    await expect
      .poll(() => page.locator('.banner').innerText())
      .toContain('Played to the end: 7,200 events.');
    expect(await page.locator('.banner').innerText()).toContain('Every record has one verdict.');
    expect(await page.locator('.phase').textContent()).toBe('played to the end');
    expect(await page.locator('.balance').textContent()).toContain('✓ Balanced');
  });
});

describe('a server that goes', () => {
  it('is said to be gone; what was known stays, greyed; the page comes back by itself, with the new token', async () => {
    forgive(isOfServer);
    const first = await start({ hello: hello(50), token: 'first' });
    const page = await open(first.address);
    await expect.poll(() => page.locator('.link').textContent()).toBe('live');
    await stop(first);
    await expect.poll(() => page.locator('.banner').innerText()).toContain('The server is gone.');
    expect(await page.locator('.link').textContent()).toBe('server gone');
    expect(await page.locator('main').innerText()).toContain('6,000 in');
    expect(await page.locator('main').evaluate((main) => getComputedStyle(main).filter)).toBe('grayscale(1)');
    expect(await violationsOf(page)).toEqual([]);

    const second = await start({ hello: hello(70), token: 'second', port: first.port });
    await expect.poll(() => page.locator('.link').textContent()).toBe('live');
    await expect.poll(() => page.locator('main').innerText()).toContain('8,400 in');
    expect(await page.locator('.banner').isVisible()).toBe(false);

    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await expect.poll(() => page.locator('.said').textContent()).toBe('It is paused.');
    expect(second.told.map(({ token }) => token)).toEqual(['first', 'second']);
  });

  it('before anything was heard of it is waited for', async () => {
    forgive(isOfServer);
    const server = await start({ hello: hello(50) });
    const page = await open(`${server.address}/#/departure-delay/overview`);
    await page.route('**/api/pipelines', (route) => route.abort());
    await page.reload();
    await expect.poll(() => page.locator('main').innerText()).toContain('The server does not answer.');
    await page.unroute('**/api/pipelines');
    await page.locator('.picture .card').first().waitFor();
  });

  it('with another run behind it has the page forget the former one, after --reset too', async () => {
    const server = await start({ hello: hello(50) });
    const page = await open(`${server.address}/#/departure-delay/decisions`);
    await page.locator('.decision summary').first().click();
    await page.locator('.contributions li').first().waitFor();
    server.publish('state', fakeState(1, { runId: 'run-2' }));
    await expect.poll(() => page.locator('.decision').count()).toBe(0);
    expect(await page.locator('main').innerText()).toContain('No decision yet.');
    expect(await page.getByRole('button', { name: 'Hold the list' }).getAttribute('aria-pressed')).toBe(
      'false',
    );
    server.publish('decisions', { decisions: [fakeDecision(77)], skipped: 0 });
    await expect
      .poll(() => page.locator('.decision .title').allTextContents())
      .toEqual([fakeDecision(77).title]);
  });
});

describe('several pipelines', () => {
  it('are offered, and each is heard when it is chosen', async () => {
    const server = await start({ hello: hello(50), pipelines: ['departure-delay', 'orders'] });
    const page = await open(`${server.address}/#/departure-delay/freshness`);
    await page.locator('.uplot').first().waitFor();
    await page.locator('#pipeline').selectOption('orders');
    await expect.poll(() => page.title()).toBe('Freshness · orders · Freshet');
    expect(new URL(page.url()).hash).toBe('#/orders/freshness');
    await expect.poll(() => server.hearers()).toBe(1);
    await page.goBack();
    await expect.poll(() => page.locator('#pipeline').inputValue()).toBe('departure-delay');
  });

  it('come and go while the page is open', async () => {
    forgive(isOfServer);
    const server = await start({ hello: hello(50), pipelines: [] });
    const page = await open(server.address);
    await expect.poll(() => page.locator('main').innerText()).toContain('No pipeline runs here.');
    server.offer(['orders']);
    await page.locator('.picture .card').first().waitFor();
    expect(new URL(page.url()).hash).toBe('#/orders/overview');
    server.offer(['meters']);
    await expect.poll(() => page.locator('.banner').innerText()).toContain('This run has ended.');
    expect(await page.locator('.link').textContent()).toBe('ended');
    expect(await page.locator('main').innerText()).toContain('6,000 in');
    await page.locator('#pipeline').selectOption('meters');
    await expect.poll(() => page.locator('.link').textContent()).toBe('live');
    expect(await page.title()).toBe('Overview · meters · Freshet');
  });

  it('that run no longer lead to the first that does', async () => {
    const { address } = await start({ hello: hello(50) });
    const page = await open(`${address}/#/gone/decisions`);
    await page.locator('.decision').first().waitFor();
    expect(new URL(page.url()).hash).toBe('#/departure-delay/decisions');
  });
});
