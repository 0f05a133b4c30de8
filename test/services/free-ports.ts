import { createServer, type Server } from 'node:net';

/** Below what any system hands out by itself: a service that is killed and comes back must find its port free. */
const RANGE = { least: 15_000, most: 29_999 } as const;

const listening = (port: number): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(port, '127.0.0.1', () => resolve(server));
  });

/** Ports of 127.0.0.1 on which nobody listens; all are held until all are found, so that they differ. */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const held = new Map<number, Server>();
  while (held.size < count) {
    const port = RANGE.least + Math.floor(Math.random() * (RANGE.most - RANGE.least + 1));
    const server = await listening(port);
    if (server !== undefined) held.set(port, server);
  }
  await Promise.all(
    [...held.values()].map((server) => new Promise<void>((resolve) => void server.close(() => resolve()))),
  );
  return [...held.keys()];
};
