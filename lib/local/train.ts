import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PipelineFolder } from '../build/discover.ts';
import { ConfigError, messageOf } from '../core/errors.ts';

/** What a training made, for whoever calls it. */
export interface Trained {
  readonly model: {
    readonly id: string;
    readonly version: string;
    /** How good it is, such as `auc`. */
    readonly metrics: Readonly<Record<string, number>>;
  };
  /** Where it was written, absolute. */
  readonly modelFile: string;
}

/** What a pipeline's train.ts exports as `train`; it returns a {@link Trained} where its figures are data. */
export type Train = (options: {
  /** The project's root, absolute. */
  readonly root: string;
  /** What it has to say: how good the model is. */
  readonly print: (line: string) => void;
}) => Promise<unknown>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Whether a training returned what its figures can be read from. */
export const isTrained = (returned: unknown): returned is Trained =>
  isObject(returned) &&
  typeof returned['modelFile'] === 'string' &&
  isObject(returned['model']) &&
  isObject(returned['model']['metrics']);

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
