import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Takes connections on a free port of 127.0.0.1. */
export class LoopbackListener {
  readonly #server: Server;

  constructor(onConnection: (client: Socket) => void) {
    this.#server = createServer(onConnection);
  }

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** `127.0.0.1:<port>` */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends when its connections have: whoever took them ends them first. */
  async close(): Promise<void> {
    this.#server.close();
    await once(this.#server, 'close');
  }
}
