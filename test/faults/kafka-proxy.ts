import { connect, type Socket } from 'node:net';
import { LoopbackListener } from '../support/loopback-listener.ts';

const apiKeys = { produce: 0, 'offset-commit': 8 } as const;

/** Springs once, at a request that answers its description. */
export interface RequestTrap {
  readonly api: keyof typeof apiKeys;
  /** Found in the request: the name of a topic or a group. */
  readonly text: string;
  /** Before the broker knows of it, or when it is acknowledged and nobody has been told. */
  readonly when: 'before' | 'after';
  /** So many are let through. */
  skip: number;
  /** Whoever asked waits in vain until this is done. */
  readonly spring: () => void | Promise<void>;
}

/** Cuts a stream into Kafka's frames: a length of 4 bytes, then the frame. @see Kafka protocol guide, "Protocol Primitive Types" */
const framesOf = (onFrame: (frame: Buffer) => void): ((chunk: Buffer) => void) => {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 4) {
      const end = 4 + rest.readInt32BE(0);
      if (rest.length < end) return;
      onFrame(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  };
};

/** Stands before a broker that advertises it, and sees what is asked of it. */
export class KafkaProxy {
  readonly #listener = new LoopbackListener((client) => this.#join(client));
  readonly #sockets = new Set<Socket>();
  readonly traps = new Set<RequestTrap>();
  /** Port of the broker's own listener. */
  target = 0;

  private constructor() {}

  static async start(): Promise<KafkaProxy> {
    const proxy = new KafkaProxy();
    await proxy.#listener.open();
    return proxy;
  }

  /** `127.0.0.1:<port>` */
  get address(): string {
    return this.#listener.address;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.#listener.close();
  }

  #join(client: Socket): void {
    const server = connect({ port: this.target, host: '127.0.0.1' });
    const cut = (): void => {
      client.destroy();
      server.destroy();
    };
    const springAndCut = (trap: RequestTrap): void => {
      void Promise.resolve(trap.spring()).finally(cut);
    };
    const awaited = new Map<number, RequestTrap>();
    const onRequest = framesOf((frame) => {
      const trap = this.#trapFor(frame);
      if (trap?.when === 'before') {
        springAndCut(trap);
        return;
      }
      if (trap !== undefined) awaited.set(frame.readInt32BE(8), trap);
      server.write(frame);
    });
    const onAnswer = framesOf((frame) => {
      const trap = awaited.get(frame.readInt32BE(4));
      if (trap === undefined) {
        client.write(frame);
        return;
      }
      springAndCut(trap);
    });
    client.on('data', onRequest);
    server.on('data', onAnswer);
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        cut();
      });
    }
  }

  #trapFor(frame: Buffer): RequestTrap | undefined {
    const apiKey = frame.readInt16BE(4);
    for (const trap of this.traps) {
      if (apiKeys[trap.api] !== apiKey || !frame.includes(trap.text)) continue;
      trap.skip -= 1;
      if (trap.skip >= 0) continue;
      this.traps.delete(trap);
      return trap;
    }
    return undefined;
  }
}
