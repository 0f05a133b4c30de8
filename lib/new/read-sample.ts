import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { ConfigError, messageOf, type Problem } from '../core/errors.ts';

/** A line of a sample, which is an object. */
export interface SampleLine {
  /** 1 for the first of the file. */
  readonly line: number;
  readonly event: Readonly<Record<string, unknown>>;
  /** As it stands there: digits that a number has no room for are kept. */
  readonly text: string;
}

/** More lines than these tell nothing new of a shape, and would make a large folder. */
const mostLines = 10_000;
const mostProblems = 5;

export const sampleRefused = (problems: readonly Problem[]): ConfigError =>
  new ConfigError('SAMPLE_INVALID', { message: 'Nothing can be made of the sample.', problems });

const jsonOf = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const nameOf = (value: unknown): string => {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
};

/** What is wrong with a line, where something is. */
const problemOf = (path: string, line: number, json: { readonly value: unknown } | undefined): Problem => {
  const got =
    json === undefined
      ? `line ${line}, which is not JSON`
      : `line ${line}, which is ${nameOf(json.value)} and no object`;
  return {
    path,
    got,
    expected: 'one event a line, each a JSON object',
    fix:
      json !== undefined && Array.isArray(json.value)
        ? "write one event a line: jq -c '.[]' does that with an array"
        : 'mend or delete the line; jq -c . puts JSON that is spread over lines on one each',
  };
};

/**
 * Reads the events of a sample, at most 10,000; blank lines are passed over.
 *
 * @param path - absolute
 * @param name - as it was given, for messages
 * @throws {ConfigError} `SAMPLE_INVALID`: it cannot be read, is empty, or has lines that are no JSON objects
 */
export const readSample = async (path: string, name: string): Promise<readonly SampleLine[]> => {
  const at = `--from-sample ${name}`;
  const events: SampleLine[] = [];
  const problems: Problem[] = [];
  const stream = createReadStream(path, 'utf8');
  let line = 0;
  try {
    for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      line += 1;
      const bare = line === 1 ? text.replace(/^\uFEFF/, '') : text;
      if (bare.trim() === '') continue;
      const json = jsonOf(bare);
      if (json !== undefined && isObject(json.value))
        events.push({ line, event: json.value, text: bare.trim() });
      else problems.push(problemOf(at, line, json));
      if (events.length === mostLines || problems.length === mostProblems) break;
    }
  } catch (thrown) {
    throw sampleRefused([
      {
        path: at,
        got: messageOf(thrown),
        expected: 'a file that can be read',
        fix: 'name a file of JSON lines',
      },
    ]);
  } finally {
    stream.destroy();
  }
  if (problems.length > 0) throw sampleRefused(problems);
  if (events.length === 0)
    throw sampleRefused([
      {
        path: at,
        got: line === 0 ? 'an empty file' : 'a file of blank lines',
        expected: 'at least one event, as a JSON object on one line',
        fix: 'put some real events into it: kafka-console-consumer --max-messages 200 prints them so',
      },
    ]);
  return events;
};
