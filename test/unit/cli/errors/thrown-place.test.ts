import { expect, it } from 'vitest';
import { placeLines } from '../../../../lib/cli/errors/source-line.ts';
import { placeOfThrown } from '../../../../lib/cli/errors/thrown-place.ts';
import { ConfigError } from '../../../../lib/core/errors.ts';
import { temporaryFolder } from '../../../support/folder.ts';

/** What was thrown, with a stack as Node writes it. */
const withStack = (thrown: Error, stack: string): Error => Object.assign(thrown, { stack });

it('is that of the cause, where an error of Freshet wraps one of the pipeline', () => {
  const cause = withStack(
    new TypeError('no x'),
    'TypeError: no x\n    at file:///p/functions/x/contract.ts:2:27',
  );
  const thrown = new ConfigError('PIPELINE_INVALID', { message: 'it cannot be loaded', cause });
  expect(placeOfThrown(thrown, '/p')).toEqual({ file: 'functions/x/contract.ts', line: 2, column: 27 });
});

it('is what Node names above the stack of code that does not parse', () => {
  const stack =
    '/p/a b/contract.ts:2\nexport const c = {\n  x: 1,,\n       ^\n};\n\nSyntaxError: Unexpected token\n    at parse (node:internal/x:1:1)';
  expect(placeOfThrown(withStack(new SyntaxError('Unexpected token'), stack), '/p')).toEqual({
    file: '/p/a b/contract.ts',
    line: 2,
    column: 8,
  });
});

it('is the import of a module that is not there', () => {
  const folder = temporaryFolder({ 'contract.ts': "import 'typebox';\nimport { x } from './nothing.ts';\n" });
  const message = `Cannot find module '${folder}/nothing.ts' imported from ${folder}/contract.ts`;
  expect(placeOfThrown(withStack(new Error(message), `Error: ${message}`), '/p')).toEqual({
    file: `${folder}/contract.ts`,
    line: 2,
    column: 22,
  });
});

it('is none where only the engine, a library or Node is on the stack', () => {
  const frames = [
    'fold (/p/lib/core/rows/fold.ts:1:1)',
    'async /p/bin/freshet.ts:8:14',
    'node:internal/x:1:1',
  ];
  const stack = ['Error: broke', ...frames.map((frame) => `    at ${frame}`)].join('\n');
  expect(placeOfThrown(withStack(new Error('broke'), stack), '/p')).toBeUndefined();
  expect(placeOfThrown('text', '/p')).toBeUndefined();
});

it('is shown with its line and a mark below the column', () => {
  const root = temporaryFolder({
    'functions/x/features.ts': 'const a = 1;\n    return row.missing.count;\n',
  });
  expect(placeLines(root, { file: 'functions/x/features.ts', line: 2, column: 24 })).toEqual([
    'functions/x/features.ts:2:24',
    '2 | return row.missing.count;',
    '  |                    ^',
  ]);
});

it('is shown alone where its line cannot be read, or is too long to help', () => {
  const root = temporaryFolder({ 'long.ts': 'x'.repeat(200) });
  expect(placeLines(root, { file: 'gone.ts', line: 1, column: 1 })).toEqual(['gone.ts:1:1']);
  expect(placeLines(root, { file: 'long.ts', line: 1, column: 1 })).toEqual(['long.ts:1:1']);
  expect(placeLines(root, { file: 'long.ts', line: 9, column: 1 })).toEqual(['long.ts:9:1']);
});

it('is absolute outside of the project', () => {
  expect(placeLines('/p/q', { file: '../x.ts', line: 1, column: 1 })).toEqual(['/p/x.ts:1:1']);
});
