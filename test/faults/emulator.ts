import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isMetWithin, patienceMs, until } from './waiting.ts';
import { plainEnvironment } from '../support/plain-environment.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface EmulatorOptions {
  readonly pipeline: string;
  /** The folder that the pipeline's is in. */
  readonly functions: string;
  readonly state: string;
  readonly bootstrap: string;
  readonly dynamodb: string;
  readonly env: Readonly<Record<string, string>>;
  /** Of its page, whose controls reach its workers. */
  readonly pagePort: number;
}

/** A real `freshet dev`: a mapping for each stage, and its functions in worker threads. */
export class Emulator {
  readonly #child: ChildProcess;
  readonly #page: { readonly pipeline: string; readonly url: string };
  readonly #ended: Promise<void>;
  #isOver = false;
  #output = '';

  constructor({ pipeline, functions, state, bootstrap, dynamodb, env, pagePort }: EmulatorOptions) {
    this.#page = { pipeline, url: `http://127.0.0.1:${pagePort}` };
    const where = ['--functions', functions, '--state', state, '--page-port', String(pagePort)];
    const platform = ['--bootstrap', bootstrap, '--dynamodb', dynamodb];
    this.#child = spawn(
      process.execPath,
      ['bin/freshet.mjs', 'dev', pipeline, '--fast', ...where, ...platform],
      {
        cwd: root,
        env: { ...plainEnvironment(), ...env },
        // In a process group of its own: whatever it starts gets its signals too.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const kill = (): void => this.signal('SIGKILL');
    process.once('exit', kill);
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#ended = once(this.#child, 'close').then(() => {
      this.#isOver = true;
      process.removeListener('exit', kill);
    });
  }

  /** Resolves once its mappings are enabled. */
  async started(): Promise<void> {
    await until('freshet dev to start', () => this.#isOver || this.#output.includes('effects go to'));
    if (this.#isOver) throw new Error('freshet dev ended at its start');
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** All that it wrote. */
  get output(): string {
    return this.#output;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL' | 'SIGINT'): void {
    if (this.#isOver || this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // It has ended since.
    }
  }

  /** Kills one worker thread of a stage, as the page does; its mapping lives on. @returns what the page says of it */
  async killWorker(stage: string): Promise<string> {
    const { pipeline, url } = this.#page;
    const html = await (await fetch(url)).text();
    const [, token = ''] = /<meta name="freshet-token" content="([\w-]+)"/.exec(html) ?? [];
    const response = await fetch(`${url}/api/${pipeline}/control`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url, 'x-freshet-token': token },
      body: JSON.stringify({ kind: 'kill-worker', stage }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`the page did not kill a worker of ${stage}: ${answer}`);
    return (JSON.parse(answer) as { readonly said: string }).said;
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#ended;
  }

  /** Ctrl-C: it finishes what is in flight and leaves its groups. */
  async stop(): Promise<void> {
    this.signal('SIGINT');
    if (await isMetWithin(patienceMs, () => this.#isOver)) return;
    await this.kill();
    throw new Error(`freshet dev did not end within ${patienceMs / 1_000} s of Ctrl-C:\n${this.#output}`);
  }

  /** Resolves once it has ended by somebody else's hand. */
  async ended(): Promise<void> {
    await this.#ended;
  }
}
