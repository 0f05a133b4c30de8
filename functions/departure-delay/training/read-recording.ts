import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ConfigError, messageOf } from '../../../lib/core/errors.ts';
import type { Outcome, RecordedEvent, RecordingFiles } from '../../../lib/core/recording.ts';
import { compileSchema, plainSchema } from '../../../lib/adapters/schemas/schema-compiler.ts';
import { recording } from '../recording.ts';

export interface RecordingRead {
  /** In the order of playing: by event time, then rank, then as they stand in their files. */
  readonly events: readonly RecordedEvent[];
  /** Whether the event of that identity turned out positive. */
  readonly positive: ReadonlyMap<string, boolean>;
}

const refused = (got: string, fix: string, cause?: unknown): ConfigError =>
  new ConfigError('INPUT_INVALID', {
    message: `a model is only trained on a recording that can be read whole: got ${got}; expected ${Object.values(
      recording.files,
    )
      .map(({ pattern }) => pattern.source)
      .join(' and ')} with lines of their schemas. Fix: ${fix}.`,
    cause,
  });

const textOf = (path: string): string => {
  try {
    const bytes = readFileSync(path);
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (thrown) {
    throw refused(
      `${path}, which cannot be read (${messageOf(thrown)})`,
      'make it readable, or fetch it again',
      thrown,
    );
  }
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/**
 * Reads a recording whole. A run may leave out a bad line as a dead letter; training may not: its model would depend on
 * what happened to be readable.
 *
 * @param folder - with `departures*.ndjson[.gz]` and `weather*.ndjson[.gz]`
 * @throws {ConfigError} `INPUT_INVALID`, naming file and line
 */
export const readRecording = (folder: string): RecordingRead => {
  const events: RecordedEvent[] = [];
  const outcomes: Outcome[] = [];
  let names: readonly string[];
  try {
    names = readdirSync(folder).toSorted();
  } catch (thrown) {
    throw refused(`the folder ${folder}, which cannot be read`, 'name a folder that exists', thrown);
  }
  for (const [kind, files] of Object.entries(recording.files)) {
    const matching = names.filter((name) => files.pattern.test(name));
    if (matching.length === 0)
      throw refused(`no file of ${kind} in ${folder}`, `put one there, or name another folder`);
    for (const name of matching) readFile(join(folder, name), files, events, outcomes);
  }
  return {
    events: events.toSorted((a, b) => a.at - b.at || (a.rank ?? 0) - (b.rank ?? 0)),
    positive: new Map(outcomes.map(({ id, positive }) => [id, positive])),
  };
};

const readFile = (
  path: string,
  files: RecordingFiles<unknown>,
  events: RecordedEvent[],
  outcomes: Outcome[],
): void => {
  const isOfSchema = compileSchema(plainSchema(files.schema)).validate;
  for (const [index, text] of textOf(path).split('\n').entries()) {
    if (text.trim() === '') continue;
    const line = parsed(text);
    if (!isOfSchema(line)) throw refused(`line ${index + 1} of ${path}`, 'mend or remove the line');
    events.push(...files.events(line));
    outcomes.push(...(files.outcomes?.(line) ?? []));
  }
};
