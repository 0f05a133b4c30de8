import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { exitCode } from '../../../lib/cli/exit-code.ts';

it('are the exit codes that docs/operations.md lists', () => {
  const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  const listed = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  expect(listed).toEqual(Object.values(exitCode).toSorted((one, other) => one - other));
});
