import { describe, expect, it } from 'vitest';
import { nextCommand } from '../../../lib/cli/next-command.ts';

describe('the next command', () => {
  it('is as short as the defaults allow', () => {
    const where = { name: undefined, functions: 'functions', state: undefined, platform: [] };
    expect(nextCommand('effects list', where, ['--which done'])).toBe(
      'npx freshet effects list --which done',
    );
  });

  it('names what was named, so that it finds the same state', () => {
    const where = { name: 'orders', functions: 'test/fixtures', state: "/tmp/it's mine", platform: [] };
    expect(nextCommand('dlq list', where)).toBe(
      String.raw`npx freshet dlq list orders --functions test/fixtures --state '/tmp/it'\''s mine'`,
    );
  });

  it('names where log and stores are', () => {
    const where = { name: undefined, functions: 'functions', state: undefined };
    expect(
      nextCommand('status', { ...where, platform: ['--bootstrap', 'a:1', '--dynamodb', 'http://b:2'] }),
    ).toBe('npx freshet status --bootstrap a:1 --dynamodb http://b:2');
  });
});
