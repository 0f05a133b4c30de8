import { createAdaptorServer } from '@hono/node-server';
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ConfigError } from '../../../core/errors.ts';
import { createServer } from '../../http-server.ts';
import { portInUse } from '../../port-in-use.ts';
import type { PageRun } from '../page-run.ts';
import { PageAssets } from './assets.ts';
import { pageApp } from './page-app.ts';

const host = '127.0.0.1';
const lastWordMs = 250;

export interface PageServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** From now on the page shows it too. */
  add(run: PageRun): void;
  /** Tells every page that it has ended. */
  remove(run: PageRun): Promise<void>;
  /** Tells every page that the runs have ended, and lets go of the port. */
  close(): Promise<void>;
}

export interface PageServerOptions {
  /** That it must have; `undefined`: any. */
  readonly port: number | undefined;
  /** That it has where it is free, and no other is asked for. */
  readonly likedPort: number | undefined;
}

const isListening = async (server: Server, port: number): Promise<'yes' | NodeJS.ErrnoException> => {
  const { promise, resolve } = Promise.withResolvers<'yes' | NodeJS.ErrnoException>();
  const refused = (thrown: NodeJS.ErrnoException): void => resolve(thrown);
  server.once('error', refused);
  server.listen(port, host, () => {
    server.off('error', refused);
    resolve('yes');
  });
  return promise;
};

const unserved = (port: number, thrown: NodeJS.ErrnoException): ConfigError =>
  portInUse({
    what: 'The page cannot be served.',
    flag: '--page-port',
    port,
    fix: 'name another with `--page-port`, or leave it out for any that is free',
    thrown,
  });

const listen = async (
  server: Server,
  { port, likedPort }: Pick<PageServerOptions, 'port' | 'likedPort'>,
): Promise<void> => {
  const wanted = port ?? likedPort ?? 0;
  const answer = await isListening(server, wanted);
  if (answer === 'yes') return;
  if (port !== undefined) throw unserved(port, answer);
  const other = await isListening(server, 0);
  if (other !== 'yes') throw unserved(0, other);
};

/**
 * Serves the page of what runs here, to this machine alone; of nothing as yet.
 *
 * @throws {ConfigError} `PORT_IN_USE`
 */
export const startPageServer = async (options: PageServerOptions): Promise<PageServer> => {
  const runs: PageRun[] = [];
  const token = randomBytes(24).toString('base64url');
  const app = pageApp({ runs, token, assets: new PageAssets(token) });
  const server = createAdaptorServer({
    fetch: app.fetch,
    createServer,
    overrideGlobalObjects: false,
  }) as Server;
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    port,
    add: (run) => {
      runs.push(run);
      run.feed.start();
    },
    remove: async (run) => {
      const index = runs.indexOf(run);
      if (index >= 0) runs.splice(index, 1);
      await run.feed.stop();
    },
    close: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      await Promise.all(runs.map(({ feed }) => feed.stop()));
      // The last word is on its way: a browser that does not take it is not waited for.
      const timer = setTimeout(() => server.closeAllConnections(), lastWordMs);
      await promise;
      clearTimeout(timer);
    },
  };
};
