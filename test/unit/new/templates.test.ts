import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { makePipeline } from '../../../lib/new/make-pipeline.ts';
import { judgeSample } from '../../../lib/new/ready-sample.ts';
import { templateText } from '../../../lib/new/template-files.ts';

const template = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../templates/${path}`, import.meta.url)), 'utf8');

const exampleOptions = { file: undefined, mixed: 'refuse', wanted: {} } as const;

describe('the templates', () => {
  it('are what is made where nobody brings a sample', async () => {
    const root = temporaryFolder();
    const { folder, files } = makePipeline({
      root,
      functionsFolder: `${root}/templates`,
      name: 'cold-store',
      sample: await judgeSample({ root, ...exampleOptions }),
      choices: { features: 'stateful', model: 'bundled', effect: 'keyed' },
    });
    for (const { path } of files) {
      const made = readFileSync(`${folder}/${path}`, 'utf8');
      // Made elsewhere, it imports the same engine from further away.
      expect(
        made.replaceAll(
          /'(?:\.\.\/)+[^']*\/lib\//g,
          (found) => `'${path.startsWith('test/') ? '../../../' : '../../'}lib/${found.split('/lib/')[1]}`,
        ),
        path,
      ).toBe(template(`cold-store/${path}`));
    }
  });

  it.each([
    ['orders', 'functions/orders/data', '../../lib/'],
    // What is put in has in it what is looked for.
    ['my-cold-store', 'templates/cold-store/my-cold-store/data', '../../../lib/'],
    ['orders', 'orders/data', '../lib/'],
    ['orders', "it's/orders/data", '../../lib/'],
  ])('become %s in %s, with the engine in %s', (name, data, lib) => {
    const text = (path: string): string =>
      templateText({ path, about: '', isOther: false }, { name, data, lib });
    const recording = text('recording.ts');
    expect(recording).toContain(`source: '/${name}',`);
    expect(recording).toContain(`folder: ${data.includes("'") ? `"${data}"` : `'${data}'`},`);
    const libsIn = (code: string) => new Set(code.match(/'(?:\.\.\/)+lib\//g));
    expect(libsIn(recording)).toEqual(new Set([`'${lib}`]));
    expect(libsIn(text('test/action.test.ts'))).toEqual(new Set([`'../${lib}`]));
  });

  it('differ where the choices do, and nowhere else', () => {
    const other = (path: string): string =>
      template(`other-choices/${path}`).replaceAll("'../cold-store/", "'./");
    expect(other('inference.ts')).toBe(template('cold-store/inference.ts'));
    const lines = template('cold-store/contract.ts').split('\n');
    const differing = other('contract.ts')
      .split('\n')
      .filter((line) => !lines.includes(line));
    expect(differing).toEqual([
      "import { atMostOnce } from '../../lib/core/contract/policies.ts';",
      '    // No request goes out twice; one whose answer nobody knows ends in doubt, and somebody resolves it.',
      '    effect: atMostOnce(),',
    ]);
    expect(other('contract.ts').split('\n')).toHaveLength(lines.length);
  });
});
