import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { startPageServer } from '../../../../lib/local/page/server/page-server.ts';
import { lastPagePort, pagePortFile, rememberPagePort } from '../../../../lib/local/page/server/page-port.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { pageBench } from '../../../support/page-bench.ts';

/** Reads server-sent events until the stream ends, and tells of each. */
const listenTo = (url: string) => {
  const events: { readonly name: string; readonly data: unknown }[] = [];
  let onEvent = Promise.withResolvers<void>();
  const ended = fetch(url).then(async (response) => {
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += new TextDecoder().decode(chunk as Uint8Array, { stream: true });
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const [, name = '', data = 'null'] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
        events.push({ name, data: JSON.parse(data) as unknown });
      }
      onEvent.resolve();
      onEvent = Promise.withResolvers();
    }
    return response;
  });
  const until = async (name: string): Promise<unknown> => {
    for (;;) {
      const found = events.find((event) => event.name === name);
      if (found !== undefined) return found.data;
      await Promise.race([onEvent.promise, ended]);
    }
  };
  return { events, ended, until };
};

it('tells a browser of everything as it comes, and ends with the run', async () => {
  const bench = await pageBench('meters', { kind: 'paced', factor: 3_000 });
  const server = await startPageServer({ port: undefined, likedPort: undefined });
  server.add(bench.page);
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  const stream = listenTo(`${server.url}/api/meters/events`);
  expect(await stream.until('hello')).toMatchObject({
    state: { pipeline: 'meters', toPlay: 46 },
    points: expect.any(Array),
    decisions: [],
  });
  void bench.run.play();
  expect(await stream.until('decisions')).toMatchObject({ skipped: 0 });
  await stream.until('point');
  await stream.until('state');
  expect(stream.events[0]?.name).toBe('hello');
  await server.close();
  const response = await stream.ended;
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(stream.events.at(-1)).toMatchObject({ name: 'state', data: { phase: 'stopping' } });
  await expect(fetch(server.url)).rejects.toThrow('fetch failed');
});

it('bundles the page when it is asked for, and gives it the token that its controls need', async () => {
  const bench = await pageBench('meters', { kind: 'paced', factor: 0.001 });
  const server = await startPageServer({ port: undefined, likedPort: undefined });
  server.add(bench.page);
  onTestFinished(() => server.close());
  const html = await (await fetch(server.url)).text();
  const [, token = ''] = /<meta name="freshet-token" content="([\w-]{32})"/.exec(html) ?? [];
  for (const [, path = ''] of html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
    const asset = await fetch(`${server.url}${path}`);
    expect(asset.status, path).toBe(200);
    expect((await asset.text()).length, path).toBeGreaterThan(0);
  }
  expect((await fetch(`${server.url}/assets/main.js`)).headers.get('content-type')).toContain('javascript');
  expect((await fetch(`${server.url}/assets/page.css`)).headers.get('content-type')).toContain('text/css');
  const paused = await fetch(`${server.url}/api/meters/control`, {
    method: 'POST',
    headers: { origin: server.url, 'x-freshet-token': token },
    body: JSON.stringify({ kind: 'pause' }),
  });
  expect(paused.status).toBe(200);
  expect(bench.page.controls.isPlayingPaused).toBe(true);
});

it('ends what it tells of a run that has ended, and goes on with the others', async () => {
  const ending = await pageBench('meters', { kind: 'fast' });
  const staying = await pageBench('orders', { kind: 'fast' });
  const server = await startPageServer({ port: undefined, likedPort: undefined });
  onTestFinished(() => server.close());
  server.add(ending.page);
  server.add(staying.page);
  const stream = listenTo(`${server.url}/api/meters/events`);
  await stream.until('hello');
  await server.remove(ending.page);
  await stream.ended;
  expect(await (await fetch(`${server.url}/api/pipelines`)).json()).toEqual({ pipelines: ['orders'] });
  expect((await fetch(`${server.url}/api/meters/rows`)).status).toBe(404);
  expect((await fetch(`${server.url}/api/orders/rows`)).status).toBe(200);
});

it('does not wait for a browser that no longer reads', async () => {
  const bench = await pageBench('meters', { kind: 'fast' });
  const server = await startPageServer({ port: undefined, likedPort: undefined });
  server.add(bench.page);
  const { promise, resolve } = Promise.withResolvers<void>();
  const deaf = request(`${server.url}/api/meters/events`, (response) => {
    response.pause();
    resolve();
  });
  deaf.on('error', () => {}).end();
  await promise;
  await expect(server.close()).resolves.toBeUndefined();
  deaf.destroy();
});

it('takes the port that is asked for, and says so where it is taken', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => {
    other.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  await expect(startPageServer({ port, likedPort: undefined })).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    problems: [{ path: '--page-port', got: `${port} (in use by another program)` }],
  });
  // One that is only liked is let go of.
  const server = await startPageServer({ port: undefined, likedPort: port });
  onTestFinished(() => server.close());
  expect(server.port).not.toBe(port);
});

it('remembers its port in the state folder', () => {
  const folder = temporaryFolder();
  expect(lastPagePort(folder)).toBeUndefined();
  rememberPagePort(folder, 4_711);
  expect(lastPagePort(folder)).toBe(4_711);
  for (const text of ['', 'x', '0', '70000', '1.5'])
    expect(lastPagePort(temporaryFolder({ [pagePortFile]: text }))).toBeUndefined();
  rememberPagePort('/nowhere/at/all', 4_711);
});
