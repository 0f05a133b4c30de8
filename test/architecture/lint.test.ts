import { dirname, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteFolder } from '../support/folder.ts';
import { linted, type Finding } from './linted.ts';

/** One file of every room, and those that a room opens to some. */
const targets = [
  'lib/core/process.ts',
  'lib/core/contract/resolved.ts',
  'lib/core/errors.ts',
  'lib/adapters/system.ts',
  'lib/adapters/http.ts',
  'lib/runtime/handle.ts',
  'lib/testing/given.ts',
  'lib/testing/simulation/search.ts',
  'lib/ops/deployment.ts',
  'lib/build/discover.ts',
  'lib/constructs/stage.ts',
  'lib/local/player.ts',
  'lib/local/page/protocol/page-state.ts',
  'lib/local/page/browser/main.ts',
  'lib/local/event-source/scheduler.ts',
  'lib/ops/letters/letter.ts',
  'lib/ops/effects/effect.ts',
  'lib/cli/program.ts',
  'bin/freshet.ts',
  'bin/app.ts',
  'functions/tiny/features.ts',
  'functions/tiny/training/fit.ts',
  'functions/tiny/train.ts',
  'functions/tiny/test/features.test.ts',
  'functions/other/contract.ts',
  'test/support/folder.ts',
];

const specifierOf = (from: string, to: string): string => {
  const path = relative(dirname(from), to);
  return path.startsWith('.') ? path : `./${path}`;
};

/** What a file of each room may import of all targets; the rest must be refused. */
const allowed: readonly (readonly [file: string, places: readonly string[]])[] = [
  ['lib/core/x.ts', ['lib/core']],
  ['lib/adapters/x.ts', ['lib/adapters', 'lib/core']],
  ['lib/runtime/x.ts', ['lib/runtime', 'lib/adapters', 'lib/core']],
  ['lib/testing/x.ts', ['lib/testing/given.ts', 'lib/adapters', 'lib/core']],
  [
    'lib/testing/simulation/x.ts',
    [
      'lib/testing',
      'lib/local/event-source',
      'lib/ops/letters',
      'lib/ops/effects',
      'lib/runtime',
      'lib/adapters',
      'lib/core',
    ],
  ],
  ['lib/ops/x.ts', ['lib/ops', 'lib/adapters', 'lib/core']],
  ['lib/build/x.ts', ['lib/build', 'lib/adapters', 'lib/core']],
  ['lib/constructs/x.ts', ['lib/constructs', 'lib/build', 'lib/core/contract', 'lib/core/errors.ts']],
  ['lib/local/page/browser/x.ts', ['lib/local/page/browser', 'lib/local/page/protocol']],
  [
    'lib/local/x.ts',
    [
      'lib/local/player.ts',
      'lib/local/event-source',
      'lib/local/page/protocol',
      'lib/build',
      'lib/ops',
      'lib/runtime',
      'lib/adapters',
      'lib/core',
    ],
  ],
  ['lib/cli/x.ts', ['lib/cli', 'lib/local/player.ts', 'lib/local/event-source', 'lib/ops', 'lib/core']],
  ['bin/x.ts', ['bin/freshet.ts', 'lib/cli', 'lib/build', 'lib/core/errors.ts']],
  ['bin/app.ts', ['bin/app.ts', 'lib/constructs', 'lib/build', 'lib/core/errors.ts']],
  ['functions/tiny/x.ts', ['functions/tiny/features.ts', 'lib/runtime', 'lib/adapters/http.ts', 'lib/core']],
  [
    'functions/tiny/training/x.ts',
    ['functions/tiny/features.ts', 'functions/tiny/training', 'lib/adapters', 'lib/core'],
  ],
  [
    'functions/tiny/train.ts',
    [
      'functions/tiny/features.ts',
      'functions/tiny/training',
      'functions/tiny/train.ts',
      'lib/adapters',
      'lib/core',
    ],
  ],
  [
    'functions/tiny/test/x.ts',
    [
      'functions/tiny',
      'test/support',
      'lib/local/player.ts',
      'lib/local/event-source',
      'lib/build',
      'lib/testing',
      'lib/runtime',
      'lib/adapters',
      'lib/core',
    ],
  ],
  ['test/unit/x.ts', ['test', 'bin/freshet.ts', 'lib']],
];

/** One import in each line, each of a form of its own. */
const forms = [
  `import { a } from '../local/a.ts';`,
  `import type { B } from '../local/a.ts';`,
  `import { type C } from '../local/a.ts';`,
  `import * as d from '../local/a.ts';`,
  `import '../local/a.ts';`,
  `export { e } from '../local/a.ts';`,
  `export type { F } from '../local/a.ts';`,
  `export * from '../local/a.ts';`,
  `export const g = await import('../local/a.ts');`,
  'export const h = await import(`../local/a.ts`);',
  `export type I = import('../local/a.ts').I;`,
  `export type J = typeof import('../local/a.ts');`,
  `export const k = new URL('../local/a.ts', import.meta.url);`,
  `import l from '../local/a.json' with { type: 'json' };`,
];

const passing = [
  `// import { a } from '../local/a.ts';`,
  `/** import '../local/a.ts' */`,
  `import { b } from './local/b.ts';`,
  `export const c = "import { a } from '../local/a.ts'";`,
  `export const d = new URL('../local', 'https://example.com');`,
  `export const e = new URL('../../data/board.json', import.meta.url);`,
];

/** Messages in full: file → its text, and what is said of it. */
const said: Readonly<Record<string, readonly [text: string, message: string]>> = {
  'lib/ops/upward.ts': [
    `import '../runtime/a.ts';`,
    'lib/ops → lib/runtime (lib/runtime/a.ts) is not allowed: expected an import of lib/adapters, lib/core, or lib/ops itself. Fix: move what both need to where both may import it, or take it as a parameter from a room that sees both.',
  ],
  'lib/constructs/value.ts': [
    `import '../core/process.ts';`,
    'lib/constructs → lib/core (lib/core/process.ts) is not allowed: expected an import of lib/build, lib/core/contract, lib/core/errors.ts, or lib/constructs itself, and of lib/core types. Fix: write `import type`, or move what both need to where both may import it, or take it as a parameter from a room that sees both.',
  ],
  'lib/core/node.ts': [
    `import 'node:fs';`,
    'lib/core → node:fs is not allowed: expected no package but @noble/hashes or typebox. Fix: ask for what it does through a port (lib/core/ports), and answer it in lib/adapters.',
  ],
  'lib/core/sdk.ts': [
    `import '@aws-sdk/client-dynamodb';`,
    'lib/core → @aws-sdk/client-dynamodb is not allowed: expected no package but @noble/hashes or typebox. Fix: ask for what it does through a port (lib/core/ports), and answer it in lib/adapters.',
  ],
  'lib/runtime/cdk.ts': [
    `import 'aws-cdk-lib/aws-lambda';`,
    'lib/runtime → aws-cdk-lib is not allowed: expected aws-cdk-lib only in lib/constructs, bin/app.ts, or test/template. Fix: use it there, and pass on what it makes.',
  ],
  'lib/local/pipeline.ts': [
    `import '../../functions/tiny/contract.ts';`,
    'lib/local → functions/tiny (functions/tiny/contract.ts) is not allowed: expected an import of lib/local/page/protocol, lib/build, lib/ops, lib/runtime, lib/adapters, lib/core, or lib/local itself. Fix: a pipeline is loaded by its path (lib/build/load-contract.ts), and what two pipelines need is moved into lib.',
  ],
  'functions/tiny/test-support.ts': [
    `import '../../test/support/folder.ts';`,
    'functions/tiny → test (test/support/folder.ts) is not allowed: expected an import of lib/runtime, lib/adapters/http.ts, lib/adapters/logistic.ts, lib/core, or functions/tiny itself. Fix: nothing imports tests: move it to lib/testing where users need it too, else beside what uses it.',
  ],
  'lib/runtime/computed.ts': [
    `export const load = (path: string): Promise<unknown> => import(path);`,
    'lib/runtime → import() of what is computed is not allowed: expected a path that is written out; only lib/build, lib/local, or test may load what a path names. Fix: write the path out, or load a pipeline through lib/build/load-contract.ts.',
  ],
  'lib/shared/x.ts': [
    `export const a = 1;`,
    'lib/shared/x.ts is in no room: nobody knows what it may import. Fix: move it into one, or write a room for it into test/architecture/rooms.ts.',
  ],
};

const kept = {
  'lib/core/kept.ts': `import { sha256 } from '@noble/hashes/sha2.js';\nexport type { TSchema } from 'typebox';`,
  'lib/constructs/kept.ts': `import type { Stage } from '../core/process.ts';\nimport { Stack } from 'aws-cdk-lib/core';`,
  'lib/build/kept.ts': `export const load = (path: string): Promise<unknown> => import(path);`,
  'bin/kept.ts': `import metadata from '../package.json' with { type: 'json' };`,
};

/** Packages that only some rooms may use, in one that may not. */
const misplaced = {
  'lib/local/misplaced.ts': ['esbuild', 'constructs', 'cdk-nag', 'vitest', 'fast-check'],
  'functions/tiny/misplaced.ts': ['aws-cdk-lib', 'esbuild', 'vitest', 'fast-check'],
  'lib/core/misplaced.ts': ['ajv', 'node:crypto', 'fs', '@aws-lambda-powertools/idempotency', 'aws-cdk-lib'],
};

const reExports = [
  `export { a } from './a.ts';`,
  `export type { B } from './a.ts';`,
  `export * from './a.ts';`,
  `export * as c from './a.ts';`,
  `export { d };`,
  `import { d } from './a.ts';`,
  `const e = 1;`,
  `export { e };`,
];

const lines = (texts: readonly string[]): string => texts.join('\n');

describe('lint', () => {
  const folder = suiteFolder();
  let findings: readonly Finding[] = [];
  const messages = (rule: string, file: string): readonly string[] =>
    findings
      .filter((finding) => finding.rule === rule && finding.file === file)
      .map(({ message }) => message);
  const linesOf = (rule: string, file: string): readonly number[] =>
    findings
      .filter((finding) => finding.rule === rule && finding.file === file)
      .map(({ line }) => line)
      .toSorted((a, b) => a - b);
  const directions = 'architecture(import-directions)';

  beforeAll(async () => {
    findings = await linted(folder, {
      ...Object.fromEntries(
        allowed.map(([file]) => [file, lines(targets.map((to) => `import '${specifierOf(file, to)}';`))]),
      ),
      'lib/runtime/forms.ts': lines(forms),
      'lib/runtime/passing.ts': lines(passing),
      ...Object.fromEntries(Object.entries(said).map(([file, [text]]) => [file, text])),
      ...kept,
      ...Object.fromEntries(
        Object.entries(misplaced).map(([file, names]) => [
          file,
          lines(names.map((name) => `import '${name}';`)),
        ]),
      ),
      'lib/ops/floating.ts': `const later = async (): Promise<void> => {};\nlater();`,
      'lib/ops/barrel.ts': lines(reExports),
      'lib/ops/one.ts': `import { two } from './two.ts';\nexport const one = (): number => two();`,
      'lib/ops/two.ts': `import { one } from './one.ts';\nexport const two = (): number => one();`,
      'lib/ops/left.ts': `import type { Right } from './right.ts';\nexport type Left = readonly Right[];`,
      'lib/ops/right.ts': `import type { Left } from './left.ts';\nexport type Right = Left | 1;`,
    });
  }, 60_000);

  it.each(allowed)('keeps the directions of %s', (file, places) => {
    const found = messages(directions, file);
    for (const message of found)
      expect(message).toMatch(/^\S+ → .* is not allowed: expected .*\. Fix: .*\.$/);
    const named = (target: string) =>
      found.some((message) => message.includes(`→ ${target} is`) || message.includes(`(${target}) is`));
    const isAllowed = (target: string) =>
      places.some((place) => target === place || target.startsWith(`${place}/`));
    const refused = targets.filter((target) => !isAllowed(target));
    expect(targets.filter(named)).toEqual(refused);
    expect(found).toHaveLength(refused.length);
  });

  it('sees every form of an import', () => {
    expect(linesOf(directions, 'lib/runtime/forms.ts')).toEqual(forms.map((_, index) => index + 1));
    expect(messages(directions, 'lib/runtime/passing.ts')).toEqual([]);
  });

  it.each(Object.entries(said))('says what is wrong in %s, and how to mend it', (file, [, message]) => {
    expect(messages(directions, file)).toEqual([message]);
  });

  it.each(Object.keys(kept))('has nothing against %s', (file) => {
    expect(messages(directions, file)).toEqual([]);
  });

  it.each(Object.entries(misplaced))('keeps packages where they belong: %s', (file, names) => {
    expect(linesOf(directions, file)).toEqual(names.map((_, index) => index + 1));
  });

  it('knows types beside all of that', () => {
    expect(linesOf('typescript(no-floating-promises)', 'lib/ops/floating.ts')).toEqual([2]);
  });

  it('finds barrels, also those that take a detour', () => {
    expect(linesOf('architecture(no-re-exports)', 'lib/ops/barrel.ts')).toEqual([1, 2, 3, 4, 5]);
    expect(messages('architecture(no-re-exports)', 'lib/ops/barrel.ts')[0]).toMatch(
      /^a barrel begins here: .* Fix: /,
    );
  });

  it.each(['one', 'two', 'left', 'right'])('finds circles, also of types: %s.ts', (name) => {
    expect(messages('import(no-cycle)', `lib/ops/${name}.ts`)).toEqual(['Dependency cycle detected']);
  });
});
