import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { circlesOf, importsOf, sourcesOf, type Import } from '../support/imports.ts';

/** Which room may import from which: downward only (docs/architecture.md). A room always sees itself. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  'lib/core': [],
  'lib/adapters': ['lib/core'],
  'lib/runtime': ['lib/adapters', 'lib/core'],
  'lib/testing': ['lib/adapters', 'lib/core'],
  'lib/ops': ['lib/adapters', 'lib/core'],
  'lib/build': ['lib/runtime', 'lib/adapters', 'lib/core'],
  'lib/constructs': ['lib/build', 'lib/core'],
  'lib/local': ['lib/build', 'lib/ops', 'lib/runtime', 'lib/adapters', 'lib/core'],
  'lib/cli': ['lib/local', 'lib/ops', 'lib/core'],
  bin: ['lib/constructs', 'lib/cli', 'lib/build', 'lib/core', 'package.json'],
  functions: ['lib/runtime', 'lib/adapters', 'lib/core'],
};

/** A pipeline's tests and training are tools, not stages: they may use what a user of the engine may. */
const toolsOfPipelines = ['lib/testing', 'lib/local', 'lib/build', 'test/support'];

/** Packages that core may use: pure TypeScript, without clock, randomness or Node. */
const purePackages = ['typebox', '@noble/hashes'];

/** Packages that stay where they are named: the CDK must never come near a handler. */
const confined: Readonly<Record<string, readonly string[]>> = {
  'aws-cdk-lib': ['lib/constructs', 'bin', 'test/template'],
  constructs: ['lib/constructs', 'bin', 'test/template'],
  'cdk-nag': ['bin', 'test/template'],
  esbuild: ['lib/build', 'test'],
  vitest: ['test', 'functions'],
  'fast-check': ['test', 'functions', 'lib/testing'],
};

const roomOf = (path: string): string | undefined =>
  Object.keys(rooms).find((room) => path.startsWith(`${room}/`));
const isPipelineTool = (path: string): boolean => /^functions\/[^/]+\/(?:test\/|train\.ts$)/.test(path);

const violationOf = ({ from, to, kind }: Import): string | undefined => {
  const room = roomOf(from);
  const said = `${from} imports ${to}`;
  if (kind === 'node') return room === 'lib/core' ? `${said}: core has no node:` : undefined;
  if (kind === 'package') {
    if (room === 'lib/core' && !purePackages.includes(to))
      return `${said}: core uses only ${purePackages.join(', ')}`;
    const homes = confined[to];
    return homes && !homes.some((home) => from.startsWith(`${home}/`))
      ? `${said}: only ${homes.join(', ')} may`
      : undefined;
  }
  if (room === undefined) return undefined;
  const allowed = [room, ...(rooms[room] ?? []), ...(isPipelineTool(from) ? toolsOfPipelines : [])];
  if (!allowed.some((place) => to === place || to.startsWith(`${place}/`)))
    return `${said}: ${room} may import ${allowed.join(', ')}`;
  const [, pipeline] = from.split('/');
  if (room === 'functions' && to.startsWith('functions/') && !to.startsWith(`functions/${pipeline}/`))
    return `${said}: pipelines do not share code`;
  return undefined;
};

const violationsOf = (imports: readonly Import[]): readonly string[] =>
  imports.map(violationOf).filter((violation) => violation !== undefined);

/** A file that holds nothing but re-exports. */
const isBarrel = (text: string): boolean => {
  const statements = text
    .replaceAll(/\/\*[^]*?\*\//g, '')
    .split(';')
    .map((part) => part.replaceAll(/^\s*\/\/.*$/gm, '').trim())
    .filter((part) => part !== '');
  return statements.length > 0 && statements.every((part) => /^export\b[^]*\bfrom\s*['"]/.test(part));
};

describe('the house', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const sources = sourcesOf(root, ['bin', 'functions', 'lib', 'test']);
  const imports = importsOf(sources);

  it('is read: every import between its files is one that exists', () => {
    expect(Object.keys(sources).length).toBeGreaterThan(50);
    expect(imports.length).toBeGreaterThan(100);
    const files = new Set(Object.keys(sources));
    expect(
      imports
        .filter(
          ({ from, kind, to }) =>
            kind === 'file' && roomOf(from) !== undefined && to.endsWith('.ts') && !files.has(to),
        )
        .map(({ from, to }) => `${from} → ${to}`),
    ).toEqual([]);
  });

  it('has imports that point downward only', () => {
    expect(violationsOf(imports)).toEqual([]);
  });

  it('has no circles, not even of types', () => {
    expect(circlesOf(imports).map((circle) => circle.join(' → '))).toEqual([]);
  });

  it('has no barrels', () => {
    expect(Object.keys(sources).filter((path) => isBarrel(sources[path] ?? ''))).toEqual([]);
  });
});

describe('a violation is caught', () => {
  it.each([
    ['upward', 'lib/core/x.ts', `import { a } from '../runtime/a.ts';`],
    ['upward, as a type', 'lib/adapters/x.ts', `import type { A } from '../local/a.ts';`],
    ['sideways', 'lib/ops/x.ts', `import {\n  type A,\n  b,\n} from '../runtime/a.ts';`],
    ['a re-export', 'lib/runtime/x.ts', `export { a } from '../build/a.ts';`],
    ['for its side effects', 'lib/runtime/x.ts', `import '../local/a.ts';`],
    ['dynamically', 'lib/runtime/x.ts', `const a = await import('../constructs/a.ts');`],
    [
      'a pipeline, from the engine',
      'lib/local/x.ts',
      `import { contract } from '../../functions/tiny/contract.ts';`,
    ],
    ['another pipeline', 'functions/tiny/x.ts', `import { contract } from '../other/contract.ts';`],
    [
      'a tool, from a stage',
      'functions/tiny/action.ts',
      `import { given } from '../../lib/testing/given.ts';`,
    ],
    ['tests', 'lib/local/x.ts', `import { fake } from '../../test/support/fake.ts';`],
    ['Node, in core', 'lib/core/x.ts', `import { readFileSync } from 'node:fs';`],
    ['a package, in core', 'lib/core/x.ts', `import { Ajv } from 'ajv';`],
    ['the CDK, in a handler', 'lib/runtime/x.ts', `import { Stack } from 'aws-cdk-lib/core';`],
    ['the bundler, outside of it', 'lib/local/x.ts', `import { build } from 'esbuild';`],
  ])('%s', (_, path, text) => {
    expect(violationsOf(importsOf({ [path]: text }))).toHaveLength(1);
  });

  it.each([
    ['downward', 'lib/local/x.ts', `import { a } from '../build/a.ts';`],
    ['within a room', 'lib/core/batch/x.ts', `import { a } from '../a.ts';`],
    ['a pipeline of its own', 'functions/tiny/x.ts', `import { contract } from './contract.ts';`],
    [
      'what only a comment says',
      'lib/core/x.ts',
      `// import { a } from '../runtime/a.ts';\n/** import '../local/a.ts' */\n`,
    ],
  ])('and passed: %s', (_, path, text) => {
    expect(violationsOf(importsOf({ [path]: text }))).toEqual([]);
  });

  it('a circle, also of types', () => {
    const imports = importsOf({
      'lib/core/a.ts': `import { b } from './b.ts';`,
      'lib/core/b.ts': `import type { C } from './deep/c.ts';`,
      'lib/core/deep/c.ts': `import { a } from '../a.ts';`,
      'lib/core/d.ts': `import { a } from './a.ts';`,
    });
    expect(circlesOf(imports)).toEqual([
      ['lib/core/a.ts', 'lib/core/b.ts', 'lib/core/deep/c.ts', 'lib/core/a.ts'],
    ]);
  });

  it('a barrel', () => {
    expect(isBarrel(`/** All. */\nexport { a } from './a.ts';\nexport * from './b.ts';\n`)).toBe(true);
    expect(isBarrel(`export { a } from './a.ts';\nexport const b = 1;\n`)).toBe(false);
  });
});
