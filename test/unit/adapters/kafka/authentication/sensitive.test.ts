import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Sensitive } from '../../../../../lib/adapters/kafka/authentication/sensitive.ts';

describe('a sensitive value', () => {
  const password = new Sensitive('canary');
  const user = { name: 'alice', password };

  it('is there for whoever asks', () => {
    expect(password.reveal()).toBe('canary');
  });

  it.each([
    ['printed', () => String(password)],
    ['serialised', () => JSON.stringify(user)],
    ['inspected', () => inspect(user, { depth: Infinity, showHidden: true, getters: true })],
    ['formatted', () => format('%s %o %j', password, user, user)],
    ['taken apart', () => inspect(Object.entries(Object.getOwnPropertyDescriptors(password)))],
  ])('is not shown when it is %s', (_, show) => {
    expect(show()).not.toContain('canary');
  });
});
