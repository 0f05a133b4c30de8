import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PipelineFolder } from '../build/discover.ts';
import { ConfigError, messageOf } from '../core/errors.ts';

/** What a pipeline's train.ts exports as `train`. */
export type Train = (options: {
  /** The project's root, absolute. */
  readonly root: string;
  /** What it has to say: how good the model is. */
  readonly print: (line: string) => void;
}) => Promise<void>;

const invalid = (file: string, got: string, cause?: unknown): ConfigError =>
  new ConfigError('PIPELINE_INVALID', {
    message: 'the pipeline has no training:',
    problems: [
      {
        path: file,
        got,
        expected: 'a file that exports `train`',
        fix: 'write `export const train = async ({ root, print }) => { … }` there',
      },
    ],
    cause,
  });

/**
 * Loads a pipeline's training.
 *
 * @throws {ConfigError} `PIPELINE_INVALID`
 */
export const loadTraining = async (pipeline: PipelineFolder): Promise<Train> => {
  const file = join(pipeline.folder, 'train.ts');
  if (!existsSync(file)) throw invalid(file, 'no such file');
  const loaded = (await import(pathToFileURL(file).href).catch((thrown: unknown) => {
    throw invalid(file, messageOf(thrown), thrown);
  })) as Readonly<Record<string, unknown>>;
  if (typeof loaded['train'] !== 'function')
    throw invalid(file, `exports of ${Object.keys(loaded).join(', ') || 'nothing'}`);
  return loaded['train'] as Train;
};
