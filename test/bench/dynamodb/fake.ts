import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ServerRequest } from './server.ts';
import type { Counts } from './tables.ts';

/** A DynamoDB that answers at once, or after a delay, and counts. */
export class FakeDynamoDbServer {
  readonly endpoint: string;
  readonly #child: ChildProcess;

  private constructor(endpoint: string, child: ChildProcess) {
    this.endpoint = endpoint;
    this.#child = child;
  }

  /** Starts it in a process of its own, on a free port of 127.0.0.1. */
  static async start(): Promise<FakeDynamoDbServer> {
    const child = fork(join(import.meta.dirname, 'server.ts'), {
      execArgv: ['--disable-warning=ExperimentalWarning', '--max-old-space-size=6144'],
    });
    const [port] = (await once(child, 'message')) as [number];
    return new FakeDynamoDbServer(`http://127.0.0.1:${port}`, child);
  }

  /** Forgets every item and every count. @param delayMs - how long each request waits for its answer */
  async clear(delayMs = 0): Promise<void> {
    await this.#ask({ kind: 'clear', delayMs });
  }

  async resetCounts(): Promise<void> {
    await this.#ask({ kind: 'reset-counts' });
  }

  async counts(): Promise<Counts> {
    return (await this.#ask({ kind: 'counts' })) as Counts;
  }

  async size(table: string): Promise<number> {
    return (await this.#ask({ kind: 'size', table })) as number;
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }

  /** One question after the other. */
  async #ask(request: ServerRequest): Promise<unknown> {
    const answered = once(this.#child, 'message');
    this.#child.send(request);
    return (await answered)[0] as unknown;
  }
}
