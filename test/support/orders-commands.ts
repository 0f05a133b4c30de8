import { fileURLToPath } from 'node:url';
import { program } from '../../lib/cli/commands.ts';
import { run } from '../../lib/cli/program.ts';
import { commandContext, fakeTerminal } from './fake-terminal.ts';
import type { OpsBench } from './ops-bench.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export const fixtures = 'test/fixtures/orders';
/** What a downstream may answer. */
export const unknown = { kind: 'unknown', detail: '503', retryAfterMs: undefined } as const;
export const refused = { kind: 'refused', detail: '422' } as const;

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The whole program, on the state folder of a bench that stays open beside it. */
export const freshet = async (
  { folder }: Pick<OpsBench, 'folder'>,
  line: string,
  answer?: string,
): Promise<Ran> => {
  const terminal = fakeTerminal(answer === undefined ? {} : { answer });
  const argv = [...line.split(' '), '--functions', fixtures, '--state', folder];
  const code = await run({ version: '0', ...program }, argv, commandContext(terminal, root));
  return { code, ...terminal.written };
};

/** What it printed with `--output json`. */
export const json = ({ out }: Ran): unknown => JSON.parse(out) as unknown;
