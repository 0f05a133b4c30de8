import { appendFileSync } from 'node:fs';
import type { StageName } from '../../core/contract/resolved.ts';
import { ConfigError } from '../../core/errors.ts';
import type { InvocationResult } from '../event-source/function-host.ts';
import type { FunctionLine } from '../function-environment.ts';
import { readFunctionLine } from './emf-line.ts';

/** A function that cannot start will not start later either: its bundle stays what it is. */
const mostFailedStarts = 3;

/** Keeps what functions say beside their metrics, and tells of what goes wrong in them, each thing once. */
export class TroubleWatch {
  readonly #log: string;
  readonly #onTrouble: (stage: StageName, message: string) => void;
  readonly #told = new Set<string>();
  readonly #failedStarts = new Map<StageName, number>();
  readonly #broken = Promise.withResolvers<never>();

  constructor(log: string, onTrouble: (stage: StageName, message: string) => void) {
    this.#log = log;
    this.#onTrouble = onTrouble;
    // Whoever waits for it hears of it; a run that ends before has nobody waiting.
    this.#broken.promise.catch(() => {});
  }

  /** Rejects once a function has shown that it cannot start; never resolves. */
  get broken(): Promise<never> {
    return this.#broken.promise;
  }

  said(stage: StageName, { stream, line }: FunctionLine): void {
    appendFileSync(this.#log, `${stage} ${line}\n`);
    const said = readFunctionLine(line);
    if (said.kind === 'log' && said.level === 'error') this.#tell(stage, said.message);
    else if (stream === 'stderr') this.#tell(stage, line);
  }

  invoked(stage: StageName, result: InvocationResult): void {
    switch (result.kind) {
      case 'returned':
        this.#failedStarts.delete(stage);
        return;
      case 'throttled':
        return;
      case 'timeout':
        this.#tell(stage, `an invocation took longer than ${result.afterMs} ms and was ended`);
        return;
      case 'error':
        this.#tell(stage, `${result.errorType}: ${result.message}`);
        if (result.phase === 'init') this.#failStart(stage, result.message);
        return;
    }
  }

  #failStart(stage: StageName, message: string): void {
    const failed = (this.#failedStarts.get(stage) ?? 0) + 1;
    this.#failedStarts.set(stage, failed);
    if (failed < mostFailedStarts) return;
    this.#broken.reject(
      new ConfigError('RUNTIME_UNSUPPORTED', {
        message: `The function of ${stage} does not start: ${message}`,
      }),
    );
  }

  #tell(stage: StageName, message: string): void {
    const key = `${stage} ${message}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#onTrouble(stage, message);
  }
}
