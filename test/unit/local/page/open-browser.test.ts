import { expect, it } from 'vitest';
import { openBrowser, openCommand } from '../../../../lib/local/page/open-browser.ts';

it.each([
  ['darwin', { command: 'open', args: ['http://127.0.0.1:1'] }],
  ['win32', { command: 'cmd', args: ['/c', 'start', '', 'http://127.0.0.1:1'] }],
  ['linux', { command: 'xdg-open', args: ['http://127.0.0.1:1'] }],
  ['freebsd', { command: 'xdg-open', args: ['http://127.0.0.1:1'] }],
] as const)('%s opens an address with its own command', (platform, expected) => {
  expect(openCommand('http://127.0.0.1:1', platform)).toEqual(expected);
});

it('says so where there is no such command', async () => {
  const path = process.env['PATH'];
  process.env['PATH'] = '/nowhere';
  try {
    const missing = await new Promise<string>((resolve) => {
      openBrowser('http://127.0.0.1:1', resolve);
    });
    expect(missing).toBe(openCommand('', process.platform).command);
  } finally {
    process.env['PATH'] = path;
  }
});
