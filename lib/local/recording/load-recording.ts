import { pathToFileURL } from 'node:url';
import type { PipelineFolder } from '../../build/discover.ts';
import { ConfigError, messageOf } from '../../core/errors.ts';
import type { Recording } from '../../core/recording.ts';

const isRecording = (value: unknown): value is Recording =>
  typeof value === 'object' && value !== null && 'files' in value && 'receiver' in value;

const invalid = (path: string, got: string, cause?: unknown): ConfigError =>
  new ConfigError('PIPELINE_INVALID', {
    message: 'the pipeline cannot be played:',
    problems: [
      {
        path,
        got,
        expected: 'an export named `recording`: how a recording becomes events',
        fix: 'write recording.ts with `export const recording = defineRecording(contract, …)`',
      },
    ],
    cause,
  });

/**
 * Loads how the recordings of a pipeline become events.
 *
 * @throws {ConfigError} `PIPELINE_INVALID`
 */
export const loadRecording = async (pipeline: PipelineFolder): Promise<Recording> => {
  if (pipeline.recording === undefined) throw invalid(pipeline.folder, 'no recording.ts');
  const path = pipeline.recording;
  const loaded = (await import(pathToFileURL(path).href).catch((thrown: unknown) => {
    throw thrown instanceof ConfigError ? thrown : invalid(path, messageOf(thrown), thrown);
  })) as Readonly<Record<string, unknown>>;
  const { recording } = loaded;
  if (!isRecording(recording))
    throw invalid(path, `exports of ${Object.keys(loaded).join(', ') || 'nothing'}`);
  return recording;
};
