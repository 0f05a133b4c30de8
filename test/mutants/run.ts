/** `npm run mutants [-- --only <text>] [--report <file>]`: applies each mutant to a copy of the project; each must be caught. */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Mutant } from './mutant.ts';
import { protocolMutants } from './protocol-mutants.ts';
import { storedMutants } from './stored-mutants.ts';

const root = resolve(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    report: { type: 'string' },
    runs: { type: 'string', default: '12000' },
  },
});

type Outcome =
  | { readonly kind: 'caught'; readonly by: string }
  | { readonly kind: 'survived' | 'stale'; readonly why: string };

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

const execute = (folder: string, args: readonly string[]): Promise<Ended> =>
  new Promise((end) => {
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    child.on('close', (code) => end({ code, output }));
  });

const copyProject = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'freshet-mutants-'));
  for (const part of ['lib', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'])
    await cp(join(root, part), join(folder, part), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
};

const simulation = [
  'test/simulation/simulate.ts',
  '--runs',
  values.runs,
  '--seed',
  '11',
  '--longest',
  '260',
  '--no-shrink',
];
const testOf = (file: string): readonly string[] => ['node_modules/vitest/vitest.mjs', 'run', file];

const tryMutant = async (folder: string, mutant: Mutant): Promise<Outcome> => {
  const path = join(folder, mutant.file);
  const original = await readFile(path, 'utf8');
  const places = original.split(mutant.find).length - 1;
  if (places !== 1)
    return {
      kind: 'stale',
      why: `its text stands ${places} times in ${mutant.file}, expected once: write the mutant anew`,
    };
  await writeFile(
    path,
    original.replace(mutant.find, () => mutant.replace),
  );
  try {
    const ended = await execute(folder, mutant.test === undefined ? simulation : testOf(mutant.test));
    // A mutant that cannot even run has shown nothing.
    const isRed =
      ended.code === 1 &&
      (mutant.test === undefined
        ? /seed \d+, path/.test(ended.output)
        : /Tests .*\d+ failed/.test(ended.output));
    const crash = /^fault: .*$|ReferenceError: .*$/m.exec(ended.output)?.[0];
    if (isRed && crash !== undefined)
      return { kind: 'stale', why: `it breaks the code and no promise (${crash}): write the mutant anew` };
    if (isRed) return { kind: 'caught', by: mutant.test ?? firstViolation(ended.output) };
    return { kind: 'survived', why: ended.code === 0 ? 'everything stayed green' : ended.output.slice(-600) };
  } finally {
    await writeFile(path, original);
  }
};

const firstViolation = (output: string): string =>
  /^(I\d|switch|limit|wait|context): .*$/m.exec(output)?.[0] ?? 'the simulation';

/** What is green without any mutant; a suite that is red anyway catches nothing. */
const baselineIsGreen = async (folder: string): Promise<boolean> => {
  const tests = [...new Set(chosen.flatMap(({ test }) => (test === undefined ? [] : [test])))];
  const commands = [
    ['test/simulation/simulate.ts', '--runs', '200', '--seed', '11', '--longest', '260', '--no-shrink'],
    ...(tests.length === 0 ? [] : [['node_modules/vitest/vitest.mjs', 'run', ...tests]]),
  ];
  for (const command of commands) {
    const { code, output } = await execute(folder, command);
    if (code === 0) continue;
    process.stdout.write(
      `without any mutant, this is red: node ${command.join(' ')}\n${output.slice(-2_000)}\n`,
    );
    return false;
  }
  return true;
};

const chosen = [...protocolMutants, ...storedMutants].filter(
  ({ name }) => values.only === undefined || name.includes(values.only),
);
const outcomes = new Map<Mutant, Outcome>();

const work = async (queue: Mutant[]): Promise<void> => {
  const folder = await copyProject();
  try {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const outcome = await tryMutant(folder, mutant);
      outcomes.set(mutant, outcome);
      const detail = outcome.kind === 'caught' ? outcome.by : outcome.why;
      process.stdout.write(`${outcome.kind.padEnd(8)} ${mutant.name}\n         ${detail}\n`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const main = async (): Promise<number> => {
  const folder = await copyProject();
  const isGreen = await baselineIsGreen(folder);
  await rm(folder, { recursive: true, force: true });
  const queue = [...chosen];
  if (isGreen)
    await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, () => work(queue)));
  const caught = [...outcomes.values()].filter(({ kind }) => kind === 'caught').length;
  const report = { passed: caught, failed: chosen.length - caught, skipped: 0 };
  if (values.report !== undefined) await writeFile(values.report, `${JSON.stringify(report)}\n`);
  process.stdout.write(`\n${caught} of ${chosen.length} mutants caught\n`);
  return caught === chosen.length && chosen.length > 0 ? 0 : 1;
};

process.exitCode = await main();
