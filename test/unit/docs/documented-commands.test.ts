import { describe, expect, it } from 'vitest';
import { isRunByCi } from '../../support/ci-commands.ts';
import {
  commandsIn,
  documentedCommands,
  filledIn,
  stale,
  unclaimed,
} from '../../support/documented-commands.ts';
import { temporaryFolder } from '../../support/folder.ts';

const page = `
# A page

\`\`\`sh
# first
make it && npm test
npx one \\
  --two

$ npm start
\`\`\`

Run \`npm run x -- --y\`, or \`\`npx z\`\` with \`--y\`, never \`node:fs\` or \`npm\`; a \`freshet
dev <name>\` may go over the line.

\`\`\`
in         npm ci
npm ci
\`\`\`

- \`bash .ci/run\` and \`node a.ts\`
`;

describe('the commands of a page', () => {
  it('are its shell blocks, and whatever begins as a command elsewhere', () => {
    expect(commandsIn('p.md', page).map(({ command, where }) => [where, command])).toEqual([
      ['p.md:6', 'make it && npm test'],
      ['p.md:7', 'npx one --two'],
      ['p.md:10', 'npm start'],
      ['p.md:13', 'npm run x -- --y'],
      ['p.md:13', 'npx z'],
      ['p.md:13', 'freshet dev <name>'],
      ['p.md:18', 'npm ci'],
      ['p.md:21', 'bash .ci/run'],
      ['p.md:21', 'node a.ts'],
    ]);
  });

  it.each([
    '```sh\nnpm a\n```\n`npm b`',
    '~~~bash\nnpm a\n~~~\n`npm b`',
    '- x\n  ```sh\n  npm a\n  ```\n`npm b`',
  ])('are found in %j', (text) => {
    expect(commandsIn('p.md', text).map(({ command }) => command)).toEqual(['npm a', 'npm b']);
  });

  it('are read from README.md and every page under docs', () => {
    const root = temporaryFolder({
      'README.md': '`npm a`',
      'docs/b.md': '`npm b`',
      'docs/decisions/c.md': '\n`npm c`',
      'docs/d.txt': '`npm d`',
    });
    expect(documentedCommands(root).map(({ where }) => where)).toEqual([
      'README.md:1',
      'docs/b.md:1',
      'docs/decisions/c.md:2',
    ]);
  });
});

describe('a command that', () => {
  const documented = commandsIn('p.md', '`npm a` and `npm b`');

  it('nobody runs is named with its place and what to do', () => {
    expect(unclaimed(documented, { 'one.ts': ['npm a'], 'two.ts': ['npm b'] })).toEqual([]);
    expect(unclaimed(documented, { 'one.ts': ['npm a'], 'two.ts': [] })).toEqual([
      'p.md:1: got `npm b`, which no test runs; expected every command of the pages to be run. Fix: add it to one of one.ts; two.ts.',
    ]);
  });

  it('no page names is stale', () => {
    expect(stale(documented, ['npm a', 'npm c'])).toEqual([expect.stringContaining('`npm c`')]);
  });

  it('has placeholders needs a value for each', () => {
    expect(filledIn('x <key> <a-name> <key>', { key: 'k', 'a-name': 'n' })).toBe('x k n k');
    expect(() => filledIn('x <key> <other>', { key: 'k' })).toThrow('got <other> in `x <key> <other>`');
  });
});

describe('a step of .ci/run', () => {
  const ci = {
    run: [
      'step install 300 npm ci || finish',
      'step test 480 npm test -- --reporter=json',
      'step lint 60 npm run lint',
      'step synth 60 npm run synth',
      '# step drill 60 npm run drill',
    ].join('\n'),
    scripts: {
      synth: 'cdk synth --quiet',
      verify: 'npm run lint && npm test',
      more: 'npm run lint && npm run drill',
    },
  };

  it.each([
    'npm ci',
    'npm test',
    'npm ci && npm test',
    'npm run lint',
    'npm run verify',
    'npx cdk synth --quiet',
  ])('runs %s', (command) => {
    expect(isRunByCi(command, ci)).toBe(true);
  });

  it.each([
    'npm tes',
    'npm ci && npm start',
    'npm run drill',
    'npm run more',
    'npm run missing',
    'npx cdk synth',
    'npx missing',
  ])('does not run %s', (command) => {
    expect(isRunByCi(command, ci)).toBe(false);
  });
});
