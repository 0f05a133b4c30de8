import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { suiteFolder } from '../../../support/folder.ts';
import { asThePage, pageBench, type PageBench } from '../../../support/page-bench.ts';

const standing = { kind: 'paced', factor: 0.001 } as const;

interface Refusal {
  readonly error: { readonly what: string; readonly why: string; readonly next: string };
}
const refusalOf = async (response: Response): Promise<Refusal['error']> => {
  const { error } = (await response.json()) as Refusal;
  expect(error.next).not.toBe('');
  return error;
};

describe('the server of the page', () => {
  const folder = suiteFolder();
  let page: PageBench;
  let close = async (): Promise<void> => {};
  beforeAll(async () => {
    page = await pageBench('meters', standing, folder, (closing) => {
      close = closing;
    });
  });
  afterAll(() => close());
  beforeEach(() => page.page.control({ kind: 'play' }));

  it('forbids everything but its own assets, on every answer', async () => {
    for (const path of ['/', '/assets/main.js', '/api/pipelines', '/nowhere', '/api/none/rows']) {
      const { headers } = await page.get(path);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
    const foreign = await page.get('/', { host: 'evil.example' });
    expect(foreign.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it.each([
    'evil.example',
    'evil.example:4000',
    '127.0.0.1.evil.example',
    'localhost.evil.example:80',
    '[::1]:4000',
    '',
  ])('answers nobody who calls it "%s"', async (host) => {
    for (const path of ['/', '/assets/main.js', '/api/pipelines', '/api/meters/events']) {
      const response = await page.get(path, { host });
      expect(response.status).toBe(403);
      expect((await refusalOf(response)).what).toContain(host);
    }
    expect(
      (await page.control({ kind: 'pause' }, { ...asThePage, host, origin: `http://${host}` })).status,
    ).toBe(403);
    expect(page.page.controls.isPlayingPaused).toBe(false);
  });

  it.each(['127.0.0.1:4000', 'localhost:4000', '127.0.0.1'])('answers as %s', async (host) => {
    const response = await page.get('/', { host });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('<!doctype html>');
    expect(
      (await page.control({ kind: 'pause' }, { ...asThePage, host, origin: `http://${host}` })).status,
    ).toBe(200);
  });

  it('takes no control from a page of somebody else, nor without the token', async () => {
    const { 'x-freshet-token': token, origin, host } = asThePage;
    const refused: readonly Readonly<Record<string, string>>[] = [
      { host, origin },
      { host, origin, 'x-freshet-token': '' },
      { host, origin, 'x-freshet-token': `${token}x` },
      { host, 'x-freshet-token': token },
      { host, origin: 'null', 'x-freshet-token': token },
      { host, origin: 'http://evil.example', 'x-freshet-token': token },
      { host, origin: 'http://127.0.0.1:4001', 'x-freshet-token': token },
      { host, origin: 'https://127.0.0.1:4000', 'x-freshet-token': token },
    ];
    for (const headers of refused) {
      const response = await page.control({ kind: 'pause' }, headers);
      expect(response.status, JSON.stringify(headers)).toBe(403);
      await refusalOf(response);
    }
    expect(page.page.controls.isPlayingPaused).toBe(false);
    expect((await page.control({ kind: 'pause' })).status).toBe(200);
    expect(page.page.controls.isPlayingPaused).toBe(true);
  });

  it('lets no page of somebody else read', async () => {
    const response = await page.get('/api/meters/rows', {
      host: asThePage.host,
      origin: 'http://evil.example',
    });
    expect(response.status).toBe(403);
  });

  it.each(['cross-site', 'same-site', 'anything'])(
    'answers no question that a browser asks for a page elsewhere: %s',
    async (site) => {
      const headers = { host: asThePage.host, 'sec-fetch-site': site };
      for (const path of [
        '/api/pipelines',
        '/api/meters/rows',
        '/api/meters/trace?id=a',
        '/api/meters/events',
      ]) {
        const response = await page.get(path, headers);
        expect(response.status, path).toBe(403);
        expect((await refusalOf(response)).what).toContain(site);
      }
      expect((await page.control({ kind: 'pause' }, { ...asThePage, 'sec-fetch-site': site })).status).toBe(
        403,
      );
      // A link to the page is followed.
      expect((await page.get('/', headers)).status).toBe(200);
    },
  );

  it.each(['same-origin', 'none'])('answers what the page or its reader asks: %s', async (site) => {
    const response = await page.get('/api/pipelines', { host: asThePage.host, 'sec-fetch-site': site });
    expect(response.status).toBe(200);
  });

  it.each(['/api/meters/trace?id=nothing', '/api/meters/letters/dev.energy.meter.read.dlq/0/0'])(
    'shows no payload to whoever has not the token: %s',
    async (path) => {
      const { 'x-freshet-token': token, origin, host } = asThePage;
      const { operations } = page.run.parts.prepared.platform;
      const before = await operations.audits(10);
      const refused: readonly Readonly<Record<string, string>>[] = [
        { host },
        { host, origin },
        { host, 'x-freshet-token': token },
        { host, origin: 'http://evil.example', 'x-freshet-token': token },
      ];
      for (const headers of refused) {
        const response = await page.reveal(path, headers);
        expect(response.status, JSON.stringify(headers)).toBe(403);
        await refusalOf(response);
      }
      // A website can have it fetched, as an image; that shows nothing, and leaves no trail.
      expect((await page.get(`${path}${path.includes('?') ? '&payload=1' : ''}`)).status).toBe(404);
      expect(await operations.audits(10)).toEqual(before);
      expect((await page.reveal(path)).status).toBe(404);
    },
  );

  it.each([
    ['no JSON', '{', 'not JSON'],
    ['no object', 'null', 'an object with a kind'],
    ['no kind', '{}', 'play, pause, speed'],
    ['another kind', { kind: 'explode' }, 'play, pause, speed'],
    ['a speed of 0', { kind: 'speed', factor: 0 }, 'above 0'],
    ['a speed that is none', { kind: 'speed', factor: 'slow' }, 'above 0'],
    ['a stage without a name', { kind: 'kill-worker' }, 'the name of a stage'],
    ['a stage that there is not', { kind: 'kill-worker', stage: 'ranking' }, 'features, inference, action'],
    ['a receiver that is neither', { kind: 'receiver', is: 'tired' }, '"answers" or "dropped"'],
    ['a delay below 0', { kind: 'model-delay', ms: -1 }, 'from 0 to 60000'],
    ['a delay of an hour', { kind: 'model-delay', ms: 3_600_000 }, 'from 0 to 60000'],
    ['an action that is neither', { kind: 'action', is: 'off' }, '"paused" or "running"'],
  ])('refuses %s, and says what it takes', async (_, control, expected) => {
    const response = await page.control(control);
    expect(response.status).toBe(400);
    const { what } = await refusalOf(response);
    expect(what).toContain(expected);
    expect(what).toContain('Fix: ');
  });

  it.each([
    '/nowhere',
    '/assets/other.js',
    '/assets/..%2fpage-app.ts',
    '/api/none/rows',
    '/api/none/events',
    '/api/meters/rows/nobody',
    '/api/meters/letters/dev.energy.meter.read.dlq/0/0',
    '/api/meters/trace?id=nothing',
    '/api/meters/trace',
  ])('has nothing at %s', async (path) => {
    const response = await page.get(path);
    expect(response.status).toBe(404);
    await refusalOf(response);
  });

  it('takes no control for a pipeline that does not run here, and says which do', async () => {
    const response = await page.control({ kind: 'pause' }, asThePage, 'none');
    expect(response.status).toBe(404);
    expect((await refusalOf(response)).why).toContain('meters');
  });

  it('knows three kinds of effects', async () => {
    for (const which of ['in-doubt', 'failed', 'done'])
      expect(await page.json(`/api/meters/effects?which=${which}`)).toEqual({ effects: [], total: 0 });
    const response = await page.get('/api/meters/effects?which=lost');
    expect(response.status).toBe(400);
    expect((await refusalOf(response)).what).toContain('in-doubt, failed, done');
  });

  it('serves page, assets and the names of what runs', async () => {
    const script = await page.get('/assets/main.js');
    expect(script.headers.get('content-type')).toBe('text/javascript');
    expect(await script.text()).toBe(';');
    expect(await page.json('/api/pipelines')).toEqual({ pipelines: ['meters'] });
  });
});
