import { Worker } from 'node:worker_threads';
import { ConfigError, type ErrorCode } from '../core/errors.ts';
import type { BuiltPipeline } from './build-pipeline.ts';

/** What a thread is to build. */
export interface BuildOrder {
  /** The project's root, absolute. */
  readonly root: string;
  /** Absolute, or from the root; a stage goes to `<outFolder>/<pipeline>/<stage>/`. */
  readonly outFolder: string;
}

/** What it says at its end. A class does not pass from thread to thread, so an error goes as what it is made of. */
export type BuildAnswer =
  | { readonly kind: 'built'; readonly pipelines: readonly BuiltPipeline[] }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string };

/**
 * Builds every pipeline of a project in a thread of its own, while the caller's loads what it needs next. It begins at once;
 * a failure is told to whoever awaits it, be it later.
 *
 * @throws {ConfigError} `PIPELINE_INVALID`, `CONTRACT_INVALID` or `BUILD_FAILED`
 */
export const buildInThread = (order: BuildOrder): Promise<readonly BuiltPipeline[]> => {
  const built = new Promise<readonly BuiltPipeline[]>((resolve, reject) => {
    const thread = new Worker(new URL('./building-thread.mjs', import.meta.url), { workerData: order });
    thread.once('message', (answer: BuildAnswer) => {
      if (answer.kind === 'built') resolve(answer.pipelines);
      else reject(new ConfigError(answer.code, { message: answer.message }));
    });
    thread.once('error', reject);
    // Of a promise that is settled this is heard by nobody.
    thread.once('exit', (code) => {
      reject(
        new ConfigError('BUILD_FAILED', {
          message: `the build ended with code ${code} before it was done; expected it to go on. Fix: no contract, and nothing it imports, may call process.exit`,
        }),
      );
    });
  });
  built.catch(() => undefined);
  return built;
};
