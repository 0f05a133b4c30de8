import { connect, type Socket } from 'node:net';
import { LoopbackListener } from './loopback-listener.ts';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** Passes on so many bytes, in the order in which they come from either side, and ends both. */
const passUntil = (lifeBytes: number, { client, server }: Pair): void => {
  let left = lifeBytes;
  const end = (): void => {
    client.destroy();
    server.destroy();
  };
  for (const [from, to] of [[client, server] as const, [server, client] as const])
    from.on('data', (chunk: Buffer) => {
      if (left <= 0) return;
      const passed = chunk.subarray(0, left);
      left -= passed.length;
      // What is passed on arrives before the end does.
      to.write(passed, left > 0 ? undefined : end);
    });
};

/** Stands between a client and a server on 127.0.0.1, and does to their connections what networks do. */
export class TcpProxy {
  readonly #listener = new LoopbackListener((client) => this.#join(client));
  readonly #pairs = new Set<Pair>();
  /** Where new connections lead. */
  target: number | undefined;
  /** How many bytes a new connection lives for, in either direction together; it ends within a message as well as between. */
  lives: (() => number) | undefined;
  /** How many connections there were. */
  accepted = 0;

  private constructor() {}

  static async start(): Promise<TcpProxy> {
    const proxy = new TcpProxy();
    await proxy.#listener.open();
    return proxy;
  }

  /** `127.0.0.1:<port>` */
  get address(): string {
    return this.#listener.address;
  }

  /** From now on nothing passes over the connections that are open, in either direction, and nobody is told. */
  forget(): void {
    for (const { client, server } of this.#pairs) {
      for (const [from, to] of [[client, server] as const, [server, client] as const]) {
        from.unpipe(to);
        from.resume();
      }
    }
  }

  /** What the client says still arrives over the connections that are open; no answer comes back. */
  swallowAnswers(): void {
    for (const { client, server } of this.#pairs) {
      server.unpipe(client);
      server.resume();
    }
  }

  /** Ends the connections that are open. */
  cut(): void {
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }

  async close(): Promise<void> {
    this.cut();
    await this.#listener.close();
  }

  #join(client: Socket): void {
    this.accepted += 1;
    const server = connect({ port: this.target ?? 0, host: '127.0.0.1' });
    const pair = { client, server };
    this.#pairs.add(pair);
    if (this.lives === undefined) {
      client.pipe(server);
      server.pipe(client);
    } else passUntil(this.lives(), pair);
    for (const [one, other] of [[client, server] as const, [server, client] as const]) {
      one.on('error', () => {});
      one.on('close', () => {
        other.destroy();
        this.#pairs.delete(pair);
      });
    }
  }
}
