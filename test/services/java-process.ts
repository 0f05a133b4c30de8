import { spawn, type ChildProcess } from 'node:child_process';
import { javaCommand } from './java.ts';

/** C1 alone, and one collector: a program that lives for seconds is not worth optimising. */
export const shortLived = (heapMb: number): readonly string[] => [
  `-Xmx${heapMb}m`,
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
];

/** A Java program, from its start to its end. */
export class JavaProcess {
  readonly #child: ChildProcess;
  /** Its exit code; `null` where a signal ended it. */
  readonly exited: Promise<number | null>;
  #stdout = '';
  #stderr = '';
  #isOver = false;

  /** @param input - written to its standard input, which ends then */
  constructor(args: readonly string[], input = '') {
    this.#child = spawn(javaCommand, args, { stdio: 'pipe' });
    const kill = (): void => void this.#child.kill('SIGKILL');
    process.once('exit', kill);
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code) => {
        this.#isOver = true;
        process.removeListener('exit', kill);
        resolve(code);
      });
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    // It may end before it has read everything.
    this.#child.stdin?.on('error', () => {});
    this.#child.stdin?.end(input);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** `SIGSTOP` freezes it without its knowing, `SIGCONT` lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#child.kill(signal);
    await this.exited;
  }
}
