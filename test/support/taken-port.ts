import { createServer, type AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A port of 127.0.0.1 on which somebody else listens until the test is over. */
export const takenPort = async (): Promise<number> => {
  const other = createServer();
  await new Promise<void>((resolve) => {
    other.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void other.close());
  return (other.address() as AddressInfo).port;
};

/** A port of 127.0.0.1 on which nobody listens any more. */
export const closedPort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};
