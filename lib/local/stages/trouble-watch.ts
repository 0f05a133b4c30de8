import { appendFileSync } from 'node:fs';
import type { StageName } from '../../core/contract/resolved.ts';
import { ConfigError, messageOf } from '../../core/errors.ts';
import { fullDiskIn } from '../disk-full.ts';
import type { InvocationResult } from '../event-source/function-host.ts';
import type { FunctionLine } from '../function-environment.ts';
import type { ThrownInside } from '../thrown-inside.ts';
import { attemptTrouble } from './attempt-trouble.ts';
import { readFunctionLine } from './emf-line.ts';
import type { Trouble } from './trouble.ts';

/** A function that cannot start will not start later either: its bundle stays what it is. */
const mostFailedStarts = 3;

type Failed = Extract<InvocationResult, { kind: 'error' }>;

const failedTrouble = ({ errorType, message, code, at }: Failed): Trouble =>
  code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? {
        kind: 'out-of-memory',
        message: 'an invocation used up the memory of its worker and was ended',
        at,
        code,
      }
    : { kind: 'function-failed', message: `${errorType}: ${message}`, at, code };

/** Records that an answer asks to be delivered again. */
const failedItems = (response: unknown): number => {
  if (typeof response !== 'object' || response === null || !('batchItemFailures' in response)) return 0;
  return Array.isArray(response.batchItemFailures) ? response.batchItemFailures.length : 0;
};

const kindOf = (stage: StageName, { code, at }: Pick<ThrownInside, 'code' | 'at'>): string =>
  `${stage} ${code} ${at}`;

/** Keeps what functions say beside their metrics, and tells of what goes wrong in them, each thing once. */
export class TroubleWatch {
  readonly #log: string;
  readonly #onTrouble: (stage: StageName, trouble: Trouble) => void;
  readonly #told = new Set<string>();
  readonly #failedStarts = new Map<StageName, number>();
  /** The newest message of each kind. */
  readonly #thrown = new Map<string, string>();
  readonly #newest = new Map<StageName, string>();
  readonly #broken = Promise.withResolvers<never>();

  constructor(log: string, onTrouble: (stage: StageName, trouble: Trouble) => void) {
    this.#log = log;
    this.#onTrouble = onTrouble;
    // Whoever waits for it hears of it; a run that ends before has nobody waiting.
    this.#broken.promise.catch(() => {});
  }

  /** Rejects once a function has shown that it cannot start; never resolves. */
  get broken(): Promise<never> {
    return this.#broken.promise;
  }

  /** What the newest failure of a stage said; `undefined` once a whole batch has succeeded since. */
  newest(stage: StageName): string | undefined {
    return this.#newest.get(stage);
  }

  said(stage: StageName, { stream, line }: FunctionLine): void {
    this.#keep(stage, line);
    const said = readFunctionLine(line);
    // What names a code is thrown as well, and told of as that.
    if (said.kind === 'log' && said.level === 'error' && said.code === undefined)
      this.#tell(stage, { kind: 'function-said', message: said.message, at: said.at, code: undefined });
    else if (said.kind === 'attempts-failed')
      this.#tell(
        stage,
        attemptTrouble(stage, said, this.#thrown.get(kindOf(stage, said))),
        `${said.outcome} ${said.code} ${said.at}`,
      );
    else if (stream === 'stderr')
      this.#tell(stage, { kind: 'function-said', message: line, at: undefined, code: undefined });
  }

  /** What its log leaves out of the attempts that it names next: the terminal is the developer's own. */
  threw(stage: StageName, thrown: ThrownInside): void {
    this.#thrown.set(kindOf(stage, thrown), thrown.message);
  }

  invoked(stage: StageName, result: InvocationResult): void {
    switch (result.kind) {
      case 'returned':
        this.#failedStarts.delete(stage);
        if (failedItems(result.response) === 0) this.#newest.delete(stage);
        return;
      case 'throttled':
        return;
      case 'timeout':
        this.#tell(stage, {
          kind: 'function-timeout',
          message: `an invocation took longer than ${result.afterMs} ms and was ended`,
          at: undefined,
          code: undefined,
        });
        return;
      case 'error':
        this.#tell(stage, failedTrouble(result));
        if (result.phase === 'init') this.#failStart(stage, result);
        return;
    }
  }

  /** What functions say is for reading: that it cannot be kept, as on a full disk, ends no run. */
  #keep(stage: StageName, line: string): void {
    try {
      appendFileSync(this.#log, `${stage} ${line}\n`);
    } catch (thrown) {
      const code = fullDiskIn(thrown) === undefined ? undefined : 'DISK_FULL';
      const message = `its output cannot be kept in ${this.#log}: ${messageOf(thrown)}`;
      this.#tell(stage, { kind: 'function-said', message, at: undefined, code });
    }
  }

  /** Another code runs in a stage: what goes wrong in it is news. */
  replaced(stage: StageName): void {
    this.#failedStarts.delete(stage);
    this.#newest.delete(stage);
    for (const key of this.#told) if (key.startsWith(`${stage} `)) this.#told.delete(key);
  }

  #failStart(stage: StageName, { message, at }: Failed): void {
    const failed = (this.#failedStarts.get(stage) ?? 0) + 1;
    this.#failedStarts.set(stage, failed);
    if (failed < mostFailedStarts) return;
    this.#broken.reject(
      new ConfigError('FUNCTION_START_FAILED', {
        message: 'A function does not start:',
        problems: [
          {
            path: stage,
            got: `"${message}"${at === undefined ? '' : ` (${at})`}, ${failed} times in a row`,
            expected: 'a module that can be loaded',
            fix: 'mend what its code does when it is loaded',
          },
        ],
      }),
    );
  }

  /** @param kind - what is told once; the message, where that is always the same */
  #tell(stage: StageName, trouble: Trouble, kind = trouble.message): void {
    this.#newest.set(stage, trouble.message);
    const key = `${stage} ${kind}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#onTrouble(stage, trouble);
  }
}
