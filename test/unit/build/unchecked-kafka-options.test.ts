import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const subject = pathToFileURL(resolve(root, 'lib/build/unchecked-kafka-options.ts')).href;

/** What a process of its own finds, in which nothing was loaded before. */
const found = (script: string): unknown => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: root,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout);
};

const compilers = `
  import module from 'node:module';
  const loaded = [];
  module.registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
  const { Connection } = await import('@platformatic/kafka');
  const connection = new Connection('test', { connectTimeout: 1_000 });
  await connection.close();
  console.log(loaded.filter((url) => url.endsWith("/ajv/dist/2020.js")).length);
`;

it('the client is loaded without compiling schemas of its options, and connects as before', () => {
  expect(found(compilers)).toBe(1);
  const leave = `import { leaveKafkaOptionsUnchecked } from '${subject}';\nleaveKafkaOptionsUnchecked();\n`;
  expect(found(leave + compilers)).toBe(0);
});

it('whoever else compiles schemas still does', () => {
  const checks = `
    import { leaveKafkaOptionsUnchecked } from '${subject}';
    leaveKafkaOptionsUnchecked();
    await import('@platformatic/kafka');
    const { Ajv2020 } = await import('ajv/dist/2020.js');
    console.log(JSON.stringify([1, 'one'].map((value) => new Ajv2020().compile({ type: 'number' })(value))));
  `;
  expect(found(checks)).toEqual([true, false]);
});
