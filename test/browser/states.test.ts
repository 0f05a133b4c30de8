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

describe('a browser whose language is no language tag', () => {
  it('shows the page, with its plots', async () => {
    const { address } = await start({ hello: hello(50) });
    const page = await open(`${address}/#/departure-delay/freshness`, {
      // As one says that was started without a locale.
      before: () =>
        void Object.defineProperty(Navigator.prototype, 'language', {
          get: () => 'en-US@posix',
          configurable: true,
        }),
    });
    await page.locator('.uplot canvas').first().waitFor();
    await expect.poll(() => page.locator('.far').textContent()).toBe('6,000 of 55,713');
  });
});

describe('a choice of decisions that none is of', () => {
  it('says so, and not that there is no decision', async () => {
    const right = { ...fakeDecision(1), acted: false, outcome: false };
    const { address } = await start({ hello: { ...hello(50), decisions: [right] } });
    const page = await open(`${address}/#/departure-delay/decisions`);
    await page.locator('.decision').first().waitFor();
    const said = async (): Promise<string> =>
      (await page.locator('.empty').filter({ visible: true }).allInnerTexts()).join();
    expect(await said()).toBe('');
    await page.getByRole('button', { name: 'Acted on' }).click();
    await expect.poll(said).toContain('None of the listed decisions was acted on.');
    await page.getByRole('button', { name: 'Wrong' }).click();
    await expect.poll(said).toContain('None of the listed decisions was wrong.');
    expect(await said()).not.toContain('No decision yet.');
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await expect.poll(said).toBe('');
  });
});

describe('the whole run', () => {
  it('is said to go on with what it had, with what does not compile, line by line', async () => {
    const problem = 'functions/departure-delay/features.ts:12:3\n  Expected ";" but found "}"';
    const { address } = await start({ hello: hello(50, { problem: { kind: 'build', text: problem } }) });
    const page = await open(address);
    const banner = page.locator('.banner');
    await expect.poll(() => banner.innerText()).toContain('does not build');
    expect(await banner.locator('pre').textContent()).toBe(problem);
    expect(await violationsOf(page)).toEqual([]);
  });

  it('is said not to be seen where log or stores are away, and not that it does not build', async () => {
    const problem = { kind: 'away', text: 'broker 127.0.0.1:9092 does not answer' } as const;
    const { address } = await start({ hello: hello(50, { problem }) });
    const page = await open(address);
    const banner = page.locator('.banner');
    await expect.poll(() => banner.innerText()).toContain('The run could not be looked at');
    expect(await banner.locator('pre').textContent()).toBe(problem.text);
    expect(await banner.innerText()).not.toMatch(/build|save/);
  });

  it('is said to be broken and why, still when its server is gone', async () => {
    forgive(isOfServer);
    const server = await start({ hello: hello(50) });
    const page = await open(server.address);
    await expect.poll(() => page.locator('.link').textContent()).toBe('live');
    const problem = { kind: 'broken', text: 'action: got no WARNINGS_URL' } as const;
    server.publish('state', fakeState(51, { phase: 'broken', problem }));
    const banner = page.locator('.banner');
    await expect.poll(() => banner.innerText()).toContain('The run is broken, and has ended.');
    expect(await banner.innerText()).toContain('Mend it, and start it again.');
    expect(await banner.innerText()).not.toContain('save');
    await stop(server);
    await expect.poll(() => page.locator('.link').textContent()).toBe('ended');
    expect(await banner.innerText()).toContain('The run is broken, and has ended.');
    expect(await banner.locator('pre').textContent()).toBe(problem.text);
    expect(await banner.innerText()).toContain('comes back by itself');
  });

  it.each([
    ['stopping', { kind: 'build', text: 'Expected ";"' }],
    ['stopping', null],
  ] as const)('that was %s has ended when its server goes: that is no alarm', async (phase, problem) => {
    forgive(isOfServer);
    const server = await start({ hello: hello(50) });
    const page = await open(server.address);
    await expect.poll(() => page.locator('.link').textContent()).toBe('live');
    server.publish('state', fakeState(51, { phase, problem }));
    await expect.poll(() => page.locator('.phase').getAttribute('class')).toContain(phase);
    await stop(server);
    await expect.poll(() => page.locator('.link').textContent()).toBe('ended');
    const banner = page.locator('.banner');
    expect(await banner.innerText()).toContain('The run has ended.');
    expect(await banner.getAttribute('class')).toBe('banner quiet');
    expect(await banner.locator('pre').isVisible()).toBe(false);
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

  it('after all was played is gone, too: such a run stays up until it is told to stop', async () => {
    forgive(isOfServer);
    const server = await start({ hello: hello(60, { phase: 'played' }) });
    const page = await open(server.address);
    const banner = page.locator('.banner');
    await expect.poll(() => banner.innerText()).toContain('Played to the end');
    await stop(server);
    await expect.poll(() => banner.innerText()).toContain('The server is gone.');
    expect(await banner.innerText()).toContain('comes back by itself');
    expect(await page.locator('.link').textContent()).toBe('server gone');
    expect(await page.locator('.phase').textContent()).toBe('played to the end');
    expect(await violationsOf(page)).toEqual([]);
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
