/**
 * `npm run bench [-- --only <name>] [--json <file>] [--write] [--months 10]`: every benchmark, or one.
 *
 * `--list` only names them; `--write` puts the figures into docs/performance.md; `--months 10` adds a backlog of ten months to the month's, which takes long.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError, messageOf } from '../../lib/core/errors.ts';
import type { Bench, BenchResult } from './bench.ts';
import { coldStart } from './cold-start.ts';
import { latency } from './latency.ts';
import { machine } from './machine.ts';
import { month } from './month.ts';
import { markdown, withBlock } from './markdown.ts';
import { requests } from './requests.ts';
import { stageCpu } from './stage-cpu.ts';

const benches: readonly Bench[] = [stageCpu, requests, coldStart, latency, month];

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
    months: { type: 'string', default: '1' },
    list: { type: 'boolean', default: false },
  },
});

const show = ({ figures, goals }: BenchResult): void => {
  for (const { what, value } of figures) process.stdout.write(`  ${what}: ${value}\n`);
  for (const { goal, measured, isMet } of goals)
    process.stdout.write(`  ${isMet ? 'met   ' : 'missed'} ${goal}: ${measured}\n`);
};

const run = async (): Promise<number> => {
  if (values.list) {
    process.stdout.write(benches.map(({ name, title }) => `${name}: ${title}\n`).join(''));
    return 0;
  }
  const chosen = benches.filter(({ name }) => values.only === undefined || name === values.only);
  if (chosen.length === 0) {
    process.stderr.write(
      `--only: got "${values.only}"; expected one of ${benches.map(({ name }) => name).join(', ')}.\n`,
    );
    return 2;
  }
  const results: { readonly name: string; readonly title: string; readonly result: BenchResult }[] = [];
  const months = Number(values.months);
  if (!Number.isSafeInteger(months) || months < 1) {
    process.stderr.write(`--months: got "${values.months}"; expected a whole number from 1.\n`);
    return 2;
  }
  for (const { name, title, run: measure } of chosen) {
    process.stdout.write(`${name}: ${title}\n`);
    const say = (line: string): void => void process.stderr.write(`    ${line}\n`);
    const result = await measure({ say, months });
    show(result);
    results.push({ name, title, result });
  }
  const measured = { machine: machine(), results };
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(measured, null, 2)}\n`);
  if (values.write) {
    const file = join(resolve(import.meta.dirname, '../..'), 'docs/performance.md');
    await writeFile(file, withBlock(await readFile(file, 'utf8'), markdown(measured)));
  }
  return 0;
};

try {
  process.exitCode = await run();
} catch (thrown) {
  // Java that is missing is said in one line; a batch that was done wrongly with all that is known of it.
  process.stderr.write(
    `${thrown instanceof ConfigError ? messageOf(thrown) : thrown instanceof Error ? thrown.stack : String(thrown)}\n`,
  );
  process.exitCode = 1;
}
