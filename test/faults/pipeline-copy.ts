import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadContract } from '../../lib/build/load-contract.ts';
import { pipelineFolderOf } from '../../lib/build/discover.ts';
import type { ResolvedContract } from '../../lib/core/contract/resolved.ts';
import type { Evidence } from '../support/evidence.ts';

const root = resolve(import.meta.dirname, '../..');
const fixture = join(root, 'test/fixtures/stream');

/** As deep in the project as the fixtures' folder is, so that imports hold. */
const copiesOf = (name: string): string => `.cache/faults-${name}`;

export interface PipelineCopy {
  readonly name: string;
  /** From the project's root. */
  readonly functions: string;
  readonly contract: ResolvedContract;
  remove(): void;
}

export interface Variant {
  readonly policy: Evidence['policy'];
  /** Of the features stage's mapping. */
  readonly retries: number;
  /** Of an invocation of any stage. */
  readonly timeoutSeconds: number;
}

const edit = (file: string, change: (text: string) => string): void => {
  const before = readFileSync(file, 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`${file} has nothing to change`);
  writeFileSync(file, after);
};

/** Copies the stream under another name, so that topics, groups and tables are its own. */
export const copyPipeline = async (
  name: string,
  { policy, retries, timeoutSeconds }: Variant,
): Promise<PipelineCopy> => {
  const functions = copiesOf(name);
  const folder = join(root, functions, name);
  rmSync(join(root, functions), { recursive: true, force: true });
  mkdirSync(join(root, functions), { recursive: true });
  cpSync(fixture, folder, { recursive: true });
  writeFileSync(
    join(folder, 'variant.ts'),
    `export const pipeline = '${name}';\nexport const retries = ${retries};\nexport const timeoutSeconds = ${timeoutSeconds};\n`,
  );
  if (policy === 'at-most-once') {
    edit(join(folder, 'contract.ts'), (text) => text.replaceAll('keyed', 'atMostOnce'));
    edit(join(folder, 'action.ts'), (text) => text.replace(", keyHeader: 'Idempotency-Key'", ''));
  }
  return {
    name,
    functions,
    contract: await loadContract(pipelineFolderOf(root, folder)),
    remove: () => rmSync(join(root, functions), { recursive: true, force: true }),
  };
};
