import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

describe('`npm run up`', () => {
  it('prints where broker and DynamoDB Local are, and stops both on Ctrl-C', async () => {
    const child = spawn(process.execPath, ['test/services/up.ts'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    await expect.poll(() => out, { timeout: 60_000 }).toMatch(/Ctrl-C stops both/);
    const [, kafka, dynamodb] =
      /^Kafka +(127\.0\.0\.1:\d+)\nDynamoDB +(http:\/\/127\.0\.0\.1:\d+) \(it has no option to listen on 127\.0\.0\.1 alone: [^\n]*\)\n/.exec(
        out,
      ) ?? [];
    expect(kafka).toBeDefined();
    expect((await fetch(dynamodb ?? '')).status).toBe(400);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    await expect(fetch(dynamodb ?? '')).rejects.toThrow('fetch failed');
  }, 120_000);
});
