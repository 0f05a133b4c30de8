import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { actionParams } from '../../../lib/build/action-params.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { memoryKept } from '../../support/memory-kept.ts';

/** How often the action was loaded is counted where it is. */
const looks = 'looksAtAction';
const global = globalThis as unknown as Record<string, number | undefined>;

const bench = () => {
  const root = temporaryFolder({
    'package.json': '{"type":"module"}',
    'action.ts': `import { params } from './params.ts';
      globalThis.${looks} = (globalThis.${looks} ?? 0) + 1;
      export const handler = { via: { params } };`,
    'params.ts': `export const params = [{ name: 'FIRST' }];`,
  });
  const kept = memoryKept(root);
  return {
    write: (file: string, text: string) => writeFileSync(join(root, file), text),
    kept: kept.names,
    /** The names, and whether the action was looked at for this. */
    ask: async (isKept?: boolean): Promise<readonly [readonly string[], boolean]> => {
      global[looks] = 0;
      const action = { root, actionFile: 'action.ts', folder: join(root, 'out') };
      const params = await actionParams(
        isKept === undefined ? action : { ...action, isKept },
        async () => kept,
      );
      return [params, global[looks] > 0];
    },
  };
};

it('are looked up once, for as long as no file of the action changes', async () => {
  const { ask, write } = bench();
  expect(await ask()).toEqual([['FIRST'], true]);
  expect(await ask()).toEqual([['FIRST'], false]);
  write('params.ts', `export const params = [{ name: 'SECOND' }];`);
  expect(await ask()).toEqual([['SECOND'], true]);
  expect(await ask()).toEqual([['SECOND'], false]);
});

it('are looked up, and neither taken from what is kept nor put there, for what is saved again in a moment', async () => {
  const { ask, write, kept } = bench();
  expect(await ask(false)).toEqual([['FIRST'], true]);
  write('params.ts', `export const params = [{ name: 'SECOND' }];`);
  expect(await ask(false)).toEqual([['SECOND'], true]);
  expect(kept()).toEqual([]);
  expect(await ask()).toEqual([['SECOND'], expect.anything()]);
  expect(kept()).toHaveLength(1);
});

it('of an action that cannot be loaded are told anew each time', async () => {
  const { ask, write } = bench();
  write('params.ts', `throw new Error('no address');`);
  await expect(ask()).rejects.toMatchObject({ code: 'BUILD_FAILED' });
  await expect(ask()).rejects.toMatchObject({ code: 'BUILD_FAILED' });
  write('params.ts', `export const params = [{ name: 'FIRST' }];`);
  expect(await ask()).toEqual([['FIRST'], true]);
});
