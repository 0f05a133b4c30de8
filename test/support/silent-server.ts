import type { Socket } from 'node:net';
import { LoopbackListener } from './loopback-listener.ts';

/** Takes connections on 127.0.0.1, hears what is said, and never answers. */
export class SilentServer {
  readonly #listener = new LoopbackListener((client) => this.#take(client));
  readonly #clients = new Set<Socket>();
  /** How many connections there were. */
  accepted = 0;

  private constructor() {}

  static async start(): Promise<SilentServer> {
    const server = new SilentServer();
    await server.#listener.open();
    return server;
  }

  /** `127.0.0.1:<port>` */
  get address(): string {
    return this.#listener.address;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.#listener.close();
  }

  #take(client: Socket): void {
    this.accepted += 1;
    this.#clients.add(client);
    client
      .on('error', () => {})
      .on('close', () => this.#clients.delete(client))
      .resume();
  }
}
