import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ConfigError, messageOf } from '../../core/errors.ts';

/** A line of a recording, as it stands in its file. */
export interface RecordedLine {
  /** Name of the file, without its folder. */
  readonly file: string;
  /** 1 for the first. */
  readonly line: number;
  readonly bytes: Uint8Array;
}

const lineFeed = 0x0a;

const inputInvalid = (problem: {
  readonly got: string;
  readonly expected: string;
  readonly fix: string;
}): ConfigError =>
  new ConfigError('INPUT_INVALID', {
    message: 'The recording cannot be read.',
    problems: [{ path: '--input', ...problem }],
  });

/** @throws {ConfigError} `INPUT_INVALID` */
export const filesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).toSorted();
  } catch (thrown) {
    throw inputInvalid({
      got: `${folder} (${messageOf(thrown)})`,
      expected: 'a folder with the files of a recording',
      fix: 'name it with `--input`',
    });
  }
};

/** @throws {ConfigError} `INPUT_INVALID` where no file has one of the names that are looked for */
export const refuseWithout = (folder: string, kind: string, pattern: RegExp): never => {
  throw inputInvalid({
    got: `${folder}, without a file of the kind "${kind}"`,
    expected: `at least one whose name matches ${pattern.source}`,
    fix: 'name the folder of a recording of this pipeline with `--input`',
  });
};

const bytesIn = (path: string): Uint8Array => {
  try {
    return readFileSync(path);
  } catch (thrown) {
    throw inputInvalid({
      got: `${path}, which cannot be read (${messageOf(thrown)})`,
      expected: 'a file that can be read',
      fix: 'make it readable, or name another folder with `--input`',
    });
  }
};

const contentOf = (path: string): Uint8Array => {
  const bytes = bytesIn(path);
  if (!path.endsWith('.gz')) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (thrown) {
    throw inputInvalid({
      got: `${path}, which cannot be unpacked (${messageOf(thrown)})`,
      expected: 'a whole gzip file',
      fix: 'copy it again',
    });
  }
};

function* linesOf(file: string, content: Uint8Array): Generator<RecordedLine> {
  let line = 0;
  for (let start = 0; start < content.length;) {
    const found = content.indexOf(lineFeed, start);
    const end = found === -1 ? content.length : found;
    const bytes = content.subarray(start, end);
    line += 1;
    start = end + 1;
    if (bytes.some((byte) => byte !== 0x20 && byte !== 0x0d && byte !== 0x09)) yield { file, line, bytes };
  }
}

/**
 * The lines of some files of a folder, one file after the other; blank ones are passed over.
 *
 * @returns the lines, and the SHA-256 of each file's content by its name
 * @throws {ConfigError} `INPUT_INVALID`, naming the file that is unreadable, truncated or no gzip
 */
export const readLines = (
  folder: string,
  files: readonly string[],
): { readonly lines: readonly RecordedLine[]; readonly digests: readonly string[] } => {
  const contents = files.map((file) => ({ file, content: contentOf(join(folder, file)) }));
  return {
    lines: contents.flatMap(({ file, content }) => [...linesOf(file, content)]),
    digests: contents.map(
      ({ file, content }) => `${file}:${createHash('sha256').update(content).digest('hex')}`,
    ),
  };
};
