import { spawnSync } from 'node:child_process';
import { plainEnvironment } from './plain-environment.ts';

export interface NobodysEnd {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Root may write everywhere; whoever else runs the tests owns what they make, and is bound by its mode. */
const drop = `
if (process.getuid?.() === 0) {
  process.setgroups([]);
  process.setgid(65534);
  process.setuid(65534);
}
`;

/**
 * Runs a module in a process that file modes bind: what root starts becomes nobody, for good, once it has loaded its imports.
 * Those may lie where nobody may read.
 *
 * @param imports - import declarations
 * @param body - what is run without rights
 */
export const asNobody = (imports: string, body: string): NobodysEnd => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', `${imports}\n${drop}\n${body}`],
    { encoding: 'utf8', timeout: 30_000, killSignal: 'SIGKILL', env: plainEnvironment() },
  );
  return { code: status, out: stdout, err: stderr };
};
