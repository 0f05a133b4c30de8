import { expect, it } from 'vitest';
import { startFreshet } from '../support/freshet-process.ts';

it('a command whose reader goes, as `| head` does, ends without a word', async () => {
  const { child, ended, written } = startFreshet('--help');
  child.stdout?.destroy();
  expect({ code: await ended, err: written.err }).toEqual({ code: 141, err: '' });
});
