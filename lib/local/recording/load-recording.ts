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

/** What a function of recording.ts returns; what it throws is said with its name. */
const answerOf = <Value>(path: string, name: 'score' | 'summary', call: () => Value): Value => {
  try {
    return call();
  } catch (thrown) {
    throw new ConfigError('PIPELINE_INVALID', {
      message: 'the run cannot be followed:',
      problems: [
        {
          path,
          got: `\`${name}\`, which threw "${messageOf(thrown)}"`,
          expected: 'one that never throws',
          fix: `mend \`${name}\`; what was played so far is kept`,
        },
      ],
      cause: thrown,
    });
  }
};

/**
 * Loads how the recordings of a pipeline become events.
 *
 * @returns a recording whose `score` and `summary` throw a ConfigError `PIPELINE_INVALID` where they throw at all
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
  return {
    ...recording,
    score: (decision) => answerOf(path, 'score', () => recording.score(decision)),
    summary: (request) => answerOf(path, 'summary', () => recording.summary(request)),
  };
};
