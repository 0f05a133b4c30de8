/** A part of the repository that says what it may import. It always sees itself. */
export interface Room {
  /** Folders and files, from the root; the star is the importing pipeline's own name. */
  readonly imports: readonly string[];
  /** The same, for `import type` alone. */
  readonly types?: readonly string[];
  /** Packages, Node's own among them. Absent: any that is not confined to other rooms. */
  readonly packages?: readonly string[];
  /** It may `import()` what only a path names: a pipeline. */
  readonly loadsByPath?: true;
  /** For those who may not import it: what to do instead. */
  readonly instead?: string;
}

const tests =
  'nothing imports tests: move it to lib/testing where users need it too, else beside what uses it';

/** Which room may import from which, by the room's folder or file: the innermost counts. From the bottom up. */
export const rooms: Readonly<Record<string, Room>> = {
  'lib/core': { imports: [], packages: ['@noble/hashes', 'typebox'] },
  'lib/adapters': { imports: ['lib/core'] },
  'lib/runtime': { imports: ['lib/adapters', 'lib/core'] },
  'lib/testing': { imports: ['lib/adapters', 'lib/core'] },
  'lib/ops': { imports: ['lib/adapters', 'lib/core'] },
  'lib/build': { imports: ['lib/adapters', 'lib/core'], loadsByPath: true },
  'lib/constructs': {
    imports: ['lib/build', 'lib/core/contract', 'lib/core/errors.ts'],
    types: ['lib/core'],
  },
  'lib/local/page/protocol': { imports: [], types: ['lib/core'], packages: [] },
  'lib/local/page/browser': {
    imports: ['lib/local/page/protocol'],
    types: ['lib/core'],
    packages: ['uplot'],
    instead: 'it runs in a browser: put what both need into lib/local/page/protocol',
  },
  'lib/local': {
    imports: ['lib/local/page/protocol', 'lib/build', 'lib/ops', 'lib/runtime', 'lib/adapters', 'lib/core'],
    loadsByPath: true,
  },
  // It plays what brings records to a stage and what redrives them: docs/decisions/0006.
  'lib/testing/simulation': {
    imports: [
      'lib/testing',
      'lib/local/event-source',
      'lib/ops/letters',
      'lib/ops/effects',
      'lib/runtime',
      'lib/adapters',
      'lib/core',
    ],
  },
  'lib/new': { imports: ['lib/core'] },
  'lib/cli': { imports: ['lib/new', 'lib/local', 'lib/ops', 'lib/core'] },
  bin: { imports: ['lib/cli', 'lib/build', 'lib/core/errors.ts', 'package.json'] },
  'bin/app.ts': { imports: ['lib/constructs', 'lib/build', 'lib/core/errors.ts'] },
  'bin/app.mjs': { imports: ['bin/app.ts', 'lib/build'] },
  'functions/*': {
    // Of the adapters those that a stage names itself; the others are chosen by its environment.
    imports: ['lib/runtime', 'lib/adapters/http.ts', 'lib/adapters/logistic.ts', 'lib/core'],
    instead:
      'a pipeline is loaded by its path (lib/build/load-contract.ts), and what two pipelines need is moved into lib',
  },
  'functions/*/training': { imports: ['functions/*', 'lib/adapters', 'lib/core'] },
  'functions/*/train.ts': {
    imports: ['functions/*/training', 'functions/*', 'lib/adapters', 'lib/core'],
  },
  // What `freshet new` copies: pipelines like those under functions, of which the second has what differs from the first.
  templates: {
    imports: ['lib/testing', 'lib/testing/simulation', 'lib/runtime', 'lib/adapters/http.ts', 'lib/core'],
    instead: 'a template is copied (lib/new), and never imported',
  },
  '.ci': { imports: [] },
  test: {
    imports: [
      '.ci',
      'bin',
      'lib/cli',
      'lib/new',
      'lib/local',
      'lib/local/page/browser',
      'lib/local/page/protocol',
      'lib/constructs',
      'lib/build',
      'lib/ops',
      'lib/testing',
      'lib/testing/simulation',
      'lib/runtime',
      'lib/adapters',
      'lib/core',
    ],
    loadsByPath: true,
    instead: tests,
  },
  'functions/*/test': {
    imports: [
      'test/support',
      'functions/*/train.ts',
      'functions/*/training',
      'functions/*',
      'lib/local',
      'lib/build',
      'lib/testing',
      'lib/testing/simulation',
      'lib/runtime',
      'lib/adapters',
      'lib/core',
    ],
    instead: tests,
  },
};

/** Packages that stay where they are named: the CDK must never come near a handler. */
export const confined: Readonly<Record<string, readonly string[]>> = {
  'aws-cdk-lib': ['lib/constructs', 'bin/app.ts', 'test/template'],
  constructs: ['lib/constructs', 'bin/app.ts', 'test/template'],
  'cdk-nag': ['bin/app.ts', 'test/template'],
  '@aws-sdk/client-kafka': ['lib/adapters/aws'],
  '@aws-sdk/client-lambda': ['lib/adapters/aws'],
  esbuild: ['lib/build', 'test'],
  vitest: ['test', 'functions/*/test', 'templates'],
  'fast-check': ['lib/testing/simulation', 'test', 'functions/*/test'],
};

/** Where a file is. */
export interface Place {
  /** The room's key in the table. */
  readonly key: string;
  /** The key with the pipeline's name in place of the star. */
  readonly name: string;
  readonly room: Room;
}

const isUnder = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

/** A key for one path: the star takes the pipeline's name from the path. */
const keyFor = (path: string, key: string): string => key.replace('*', path.split('/')[1] ?? '');

/** The innermost room that a path is in; the path is from the root. */
export const placeOf = (path: string): Place | undefined =>
  Object.entries(rooms)
    .map(([key, room]) => ({ key, name: keyFor(path, key), room }))
    .filter(({ name }) => isUnder(path, name))
    .toSorted((a, b) => b.name.length - a.name.length)[0];

/** Whether a file may import another by one of these entries: a folder does not open the rooms that are inside it. */
export const isListed = (from: string, to: string, entries: readonly string[]): boolean =>
  entries
    .map((entry) => keyFor(from, entry))
    .some((entry) => isUnder(to, entry) && placeOf(to)?.key === placeOf(entry)?.key);
