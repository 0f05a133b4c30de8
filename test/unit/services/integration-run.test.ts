import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';

const script = fileURLToPath(new URL('../../integration/run.ts', import.meta.url));

/** With nothing on the path but, where it is asked for, a Java of that version; and nothing in the cache. */
const run = (javaVersion?: string, environment: Readonly<Record<string, string>> = {}) => {
  const folder = temporaryFolder();
  if (javaVersion !== undefined) {
    const java = join(folder, 'java');
    writeFileSync(java, `#!/bin/sh\necho 'openjdk version "${javaVersion}" 2026-01-01' >&2\n`);
    chmodSync(java, 0o755);
  }
  return spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    env: { PATH: folder, XDG_CACHE_HOME: folder, ...environment },
  });
};

describe('the integration tests', () => {
  it.each([
    [
      'without Java',
      undefined,
      /^A real Kafka broker needs Java 17 or later: got no java that runs\. Fix: \S/,
    ],
    [
      'with an old Java',
      '11.0.2',
      /needs Java 17 or later: got openjdk version "11\.0\.2" 2026-01-01\. Fix: \S/,
    ],
    [
      'without Maven, once',
      '17.0.15',
      /needs Maven, once, to fetch its jars: got no mvn that runs\. Fix: \S/,
    ],
  ])('%s fail in one line that says how to get it', (_, javaVersion, message) => {
    const { status, stdout, stderr } = run(javaVersion);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr).toContain('FRESHET_SKIP_INTEGRATION=1');
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  it('are left out where that is asked for, and say so', () => {
    const { status, stdout } = run(undefined, { FRESHET_SKIP_INTEGRATION: '1' });
    expect(status).toBe(0);
    expect(stdout).toBe('FRESHET_SKIP_INTEGRATION=1: no integration test was run.\n');
  });
});
