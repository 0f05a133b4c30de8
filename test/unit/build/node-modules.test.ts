import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bundle } from '../../../lib/build/bundle.ts';
import { namesOfHttp, nodeModulesPlugin } from '../../../lib/build/node-modules-plugin.ts';
import { temporaryFolder } from '../../support/folder.ts';

/** What a program prints, bundled as a stage is. */
const printed = async (source: string): Promise<unknown> => {
  const root = temporaryFolder({ 'stage.ts': source });
  const { files } = await bundle({
    root,
    name: 'features',
    entry: { file: join(root, 'stage.ts') },
    form: 'deployed',
    plugins: () => [nodeModulesPlugin],
    madeOf: '',
    isKept: false,
  });
  for (const { name, text } of files) writeFileSync(join(root, name), text);
  const out = execFileSync(process.execPath, [join(root, 'index.mjs')], { encoding: 'utf8' });
  return JSON.parse(out);
};

/** Whether Node has loaded what only fetch and WebSocket need. */
const hasLoadedFetch = `process.moduleLoadList.some((name) => name.includes('undici'))`;

it('are the same, however they are imported', async () => {
  const answer = await printed(`
    import http, { request } from 'http';
    import * as whole from 'node:util';
    import { readFileSync as read } from 'node:fs';
    import { env } from 'node:process';
    const later = await import('node:http');
    const { format } = await import('node:util');
    const named = [http.request === request, later.request === request, later.default.request === request];
    console.log(JSON.stringify([named, whole.inspect(1), format('%d', 2), typeof read, env === process.env]));
  `);
  expect(answer).toEqual([[true, true, true], '1', '2', 'function', true]);
});

it('are not read for what nobody asks for: node:http does not bring fetch along', async () => {
  const loads = `
    import { request } from 'node:http';
    const { Agent } = await import('node:http');
  `;
  expect(
    await printed(`${loads} console.log(JSON.stringify([typeof request, typeof Agent, ${hasLoadedFetch}]));`),
  ).toEqual(['function', 'function', false]);
});

it('have all their names in Node 24, but those of node:http that are global', () => {
  expect(Object.keys(http).filter((name) => !(namesOfHttp as readonly string[]).includes(name))).toEqual([
    'WebSocket',
    'CloseEvent',
    'MessageEvent',
  ]);
  expect(namesOfHttp.filter((name) => !(name in http))).toEqual([]);
});
