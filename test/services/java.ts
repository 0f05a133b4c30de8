import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ConfigError } from '../../lib/core/errors.ts';

/** Kafka 4 needs it. */
const LEAST_JAVA = 17;

const INSTALL: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: 'brew install openjdk@17 maven',
  win32: 'choco install temurin17jre maven',
};
const installCommand = INSTALL[process.platform] ?? 'sudo apt-get install openjdk-17-jre-headless maven';

const home = process.env['JAVA_HOME'];

/** `JAVA_HOME`'s, else the one on the path. */
export const javaCommand = home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
export const mavenCommand = process.platform === 'win32' ? 'mvn.cmd' : 'mvn';

/** What a command says of its version, `undefined` where there is no such command. */
const versionOf = (command: string, option: string): string | undefined => {
  const { status, stdout, stderr } = spawnSync(command, [option], {
    encoding: 'utf8',
    // A batch file is only found by a shell.
    shell: command.endsWith('.cmd'),
  });
  return status === 0 ? `${stdout}${stderr}` : undefined;
};

const missing = (got: string, expected: string): ConfigError =>
  new ConfigError('RUNTIME_UNSUPPORTED', {
    message: `A real Kafka broker needs ${expected}: got ${got}. Fix: ${installCommand}`,
  });

/**
 * The Java that runs here, in its own words; whoever keeps something that only this Java can read names it by them.
 *
 * @throws {ConfigError} `RUNTIME_UNSUPPORTED`, in one line that says how to get it
 */
export const requireJava = (): string => {
  const version = versionOf(javaCommand, '-version');
  const major = Number(/version "(\d+)/.exec(version ?? '')?.[1]);
  if (major >= LEAST_JAVA && version !== undefined) return version;
  const got = version === undefined ? `no ${javaCommand} that runs` : (version.split('\n')[0] ?? '').trim();
  throw missing(got, `Java ${LEAST_JAVA} or later`);
};

/** @throws {ConfigError} `RUNTIME_UNSUPPORTED`, in one line that says how to get it */
export const requireMaven = (): void => {
  if (versionOf(mavenCommand, '-version') === undefined)
    throw missing(`no ${mavenCommand} that runs`, 'Maven, once, to fetch its jars');
};
