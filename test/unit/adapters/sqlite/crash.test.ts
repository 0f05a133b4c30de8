import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { textOf } from '../../../../lib/core/record.ts';
import { temporaryEmbeddedFolder } from '../../../support/embedded-folder.ts';

it('loses nothing that was acknowledged when its process is killed in the middle of writing', async () => {
  const state = temporaryEmbeddedFolder();
  const topic = 'crash';
  let killed = 0;
  for (const wanted of [1, 300, 600]) {
    const producer = fileURLToPath(new URL('../../../support/embedded-producer.ts', import.meta.url));
    const child = spawn(process.execPath, [producer, state.folder, topic], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const closed = once(child, 'close');
    let acknowledged = -1;
    let lines = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      lines += 1;
      if (lines === wanted) child.kill('SIGKILL');
    }
    await closed;
    expect(child.signalCode).toBe('SIGKILL');
    killed += 1;

    const { log, close } = state.open();
    const read = await log.read({ topic, partition: 0, from: 0, maxRecords: 100_000, maxBytes: 1e9 });
    const [{ end } = { end: -1 }] = await log.offsets(topic);
    expect(read.map(({ offset }) => offset)).toEqual(Array.from({ length: end }, (_, index) => index));
    // The append whose answer was cut off may be there too.
    expect(end - 1).toBeGreaterThanOrEqual(acknowledged);
    expect(end - 1).toBeLessThanOrEqual(acknowledged + 1);
    expect(read.every(({ value }) => value?.length === 2_000)).toBe(true);
    expect(read.filter(({ value }) => value && textOf(value).startsWith('0 '))).toHaveLength(killed);
    close();
  }
});
