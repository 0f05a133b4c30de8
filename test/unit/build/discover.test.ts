import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { discoverPipelines, pipelineFolderOf } from '../../../lib/build/discover.ts';
import { configErrorOf } from '../../support/config-error.ts';
import { temporaryFolder } from '../../support/folder.ts';

const pipeline = (name: string): Record<string, string> =>
  Object.fromEntries(
    ['contract.ts', 'features.ts', 'inference.ts', 'action.ts'].map((file) => [
      `functions/${name}/${file}`,
      '',
    ]),
  );

describe('discoverPipelines', () => {
  it('finds every pipeline by name, and its recording where there is one', () => {
    const root = temporaryFolder({
      ...pipeline('second'),
      ...pipeline('first'),
      'functions/first/recording.ts': '',
      'functions/.hidden/notes.md': '',
      'functions/README.md': '',
    });
    const found = discoverPipelines({ root });
    expect(found.map(({ name, recording }) => [name, recording])).toEqual([
      ['first', join(root, 'functions/first/recording.ts')],
      ['second', undefined],
    ]);
    expect(found[0]?.stages.inference).toBe(join(root, 'functions/first/inference.ts'));
  });

  it('has none where there is no functions folder', () => {
    expect(discoverPipelines({ root: temporaryFolder() })).toEqual([]);
  });

  it('reports every folder that is no pipeline at once: got, expected, fix', () => {
    const root = temporaryFolder({
      ...pipeline('good'),
      'functions/drafts/notes.md': '',
      'functions/half/contract.ts': '',
      'functions/half/features.ts': '',
    });
    const refusal = configErrorOf(() => discoverPipelines({ root }));
    expect(refusal.code).toBe('PIPELINE_INVALID');
    expect(refusal.problems.map(({ path }) => path)).toEqual(['functions/drafts', 'functions/half']);
    expect(refusal.message).toContain('got only notes.md');
    expect(refusal.message).toContain('write functions/drafts/contract.ts');
    expect(refusal.message).toContain('write functions/half/inference.ts, functions/half/action.ts');
  });
});

describe('pipelineFolderOf', () => {
  it('refuses a folder that does not exist', () => {
    const refusal = configErrorOf(() => pipelineFolderOf(temporaryFolder(), 'functions/nowhere'));
    expect(refusal.code).toBe('PIPELINE_INVALID');
    expect(refusal.message).toContain('no such folder');
  });

  it('refuses an empty folder', () => {
    const root = temporaryFolder({ 'empty/.keep': '' });
    expect(configErrorOf(() => pipelineFolderOf(root, 'empty')).problems[0]?.fix).toContain(
      'empty/contract.ts',
    );
  });
});
