import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../lib/core/errors.ts';
import { mavenCommand, requireJava, requireMaven } from './java.ts';

const pom = fileURLToPath(new URL('pom.xml', import.meta.url));

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** Outside of the checkout, so that another checkout, or a fresh clone, finds what is there. */
const cacheFolder = (): string => {
  const cache = process.env['XDG_CACHE_HOME'];
  return join(cache === undefined || cache === '' ? join(homedir(), '.cache') : cache, 'freshet');
};

export interface KafkaJars {
  readonly classPath: string;
  /**
   * Where the classes that a broker loads are kept in the form of this Java (AppCDS): with it a broker, and the tools beside it,
   * start twice as fast. It may not exist yet.
   */
  readonly archive: string;
}

const fetchInto = (folder: string): void => {
  requireMaven();
  mkdirSync(cacheFolder(), { recursive: true });
  const partial = mkdtempSync(join(cacheFolder(), 'fetching-'));
  try {
    const { status, stdout, stderr } = spawnSync(
      mavenCommand,
      [
        '--quiet',
        '--batch-mode',
        `--file=${pom}`,
        'dependency:copy-dependencies',
        '-DincludeScope=runtime',
        `-DoutputDirectory=${partial}`,
      ],
      { encoding: 'utf8', shell: mavenCommand.endsWith('.cmd') },
    );
    if (status !== 0)
      throw new ConfigError('RUNTIME_UNSUPPORTED', {
        message: `Maven could not fetch Kafka's jars: got exit code ${status}; expected 0. Fix: see that Maven Central, or your mirror of it, can be reached.\n${stdout}${stderr}`,
      });
    try {
      renameSync(partial, folder);
    } catch (thrown) {
      // Somebody else was faster.
      if (!existsSync(folder)) throw thrown;
    }
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
};

let found: KafkaJars | undefined;

/**
 * Kafka's jars: fetched once by Maven into the user's cache, then found there.
 *
 * @throws {ConfigError} `RUNTIME_UNSUPPORTED` without Java, or without Maven where the jars are still to be fetched
 */
export const kafkaJars = (): KafkaJars => {
  if (found !== undefined) return found;
  const java = requireJava();
  const folder = join(cacheFolder(), `kafka-${digestOf(readFileSync(pom, 'utf8'))}`);
  if (!existsSync(folder)) fetchInto(folder);
  found = { classPath: join(folder, '*'), archive: join(folder, `classes-${digestOf(java)}.jsa`) };
  return found;
};

/** Arguments for a program of Kafka's: it starts without the archive where there is none, and says nothing of it. */
export const sharedClasses = (): readonly string[] => [
  `-XX:SharedArchiveFile=${kafkaJars().archive}`,
  '-Xlog:disable',
];
