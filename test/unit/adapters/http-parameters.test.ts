import { describe, expect, it } from 'vitest';
import { http } from '../../../lib/adapters/http.ts';
import { ConfigError, type Problem } from '../../../lib/core/errors.ts';
import { param, type Transport } from '../../../lib/core/stages/action.ts';

const keyed = http({ baseUrl: param('URL'), keyHeader: 'Idempotency-Key' });

describe('the parameters of a transport', () => {
  const opening = (url: string): (() => Transport) => {
    return () => keyed.open({ URL: url });
  };

  const problemsOf = (open: () => Transport): readonly Problem[] => {
    try {
      open();
    } catch (thrown) {
      if (thrown instanceof ConfigError && thrown.code === 'ENVIRONMENT_INVALID') return thrown.problems;
      throw thrown;
    }
    return [];
  };

  it.each([
    ['warnings.example.com', '"warnings.example.com"'],
    ['ftp://example.com', 'the scheme "ftp:"'],
    ['https://example.com/?token=abc', 'a query or a fragment'],
    ['https://example.com/#top', 'a query or a fragment'],
  ])('%s is refused when it is opened', (url, got) => {
    const problems = problemsOf(opening(url));
    expect(problems.map(({ path }) => path)).toEqual(['URL']);
    expect(problems[0]?.got).toContain(got);
  });

  it('refuses credentials in the address without repeating them', () => {
    expect(opening('https://me:hunter2@example.com')).toThrow(/credentials/);
    expect(opening('https://me:hunter2@example.com')).not.toThrow(/hunter2/);
  });

  it('names everything that is wrong at once, and no secret', () => {
    const transport = http({ baseUrl: param('URL'), headers: { authorization: param('TOKEN') } });
    const open = (): Transport => transport.open({ URL: 'nowhere', TOKEN: 'Bearer\nhunter2' });
    expect(problemsOf(open).map(({ path }) => path)).toEqual(['URL', 'TOKEN']);
    expect(open).not.toThrow(/hunter2/);
  });
});
