import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../lib/core/errors.ts';
import { resolveEnvironment } from '../../../lib/runtime/environment.ts';

const good = {
  FRESHET_ENVIRONMENT: 'prod-eu-1',
  FRESHET_RESPONSE: 'partial',
  FRESHET_LOG: 'sqlite:/var/log',
  FRESHET_STORE: 'sqlite:/var/store',
  WARNINGS_URL: 'https://example.com',
};

const problemsOf = (variables: Readonly<Record<string, string | undefined>>, params: readonly string[]) => {
  try {
    resolveEnvironment(variables, params);
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown;
    throw thrown;
  }
  throw new Error('expected a ConfigError');
};

describe('the environment of a function', () => {
  it('is resolved once', () => {
    expect(resolveEnvironment(good, ['WARNINGS_URL'])).toEqual({
      environment: 'prod-eu-1',
      response: 'partial',
      log: { adapter: 'sqlite', location: '/var/log' },
      store: { adapter: 'sqlite', location: '/var/store' },
      params: { WARNINGS_URL: 'https://example.com' },
    });
  });

  it('takes either response, and none for granted', () => {
    expect(resolveEnvironment({ ...good, FRESHET_RESPONSE: 'throw' }, []).response).toBe('throw');
    expect(problemsOf({ ...good, FRESHET_RESPONSE: undefined }, []).problems).toMatchObject([
      { path: 'FRESHET_RESPONSE', got: 'nothing' },
    ]);
  });

  it('says everything that is missing at once', () => {
    const error = problemsOf({}, ['WARNINGS_URL', 'TOKEN']);
    expect(error.code).toBe('ENVIRONMENT_INVALID');
    expect(error.problems.map(({ path, got }) => [path, got])).toEqual(
      [
        'FRESHET_ENVIRONMENT',
        'FRESHET_RESPONSE',
        'FRESHET_LOG',
        'FRESHET_STORE',
        'WARNINGS_URL',
        'TOKEN',
      ].map((path) => [path, 'nothing']),
    );
    for (const { path, fix } of error.problems) {
      expect(error.message).toContain(path);
      expect(fix).not.toBe('');
    }
  });

  it.each([
    ['FRESHET_ENVIRONMENT', 'Prod'],
    ['FRESHET_ENVIRONMENT', 'prod.eu'],
    ['FRESHET_ENVIRONMENT', '-prod'],
    ['FRESHET_RESPONSE', 'Partial'],
    ['FRESHET_LOG', '/var/log'],
    ['FRESHET_LOG', 'sqlite:'],
    ['FRESHET_STORE', 'dynamodb:table'],
  ])('%s cannot be "%s"', (name, value) => {
    expect(problemsOf({ ...good, [name]: value }, []).problems).toMatchObject([
      { path: name, got: `"${value}"` },
    ]);
  });

  it.each([
    ['FRESHET_LOG', 'kafka:b-1.example:9098', 'Kafka'],
    ['FRESHET_LOG', 'kafka:event', 'Kafka'],
    ['FRESHET_STORE', 'dynamodb:claims=table', 'DynamoDB'],
  ])('says of %s "%s", which the construct sets, that its adapter is not there yet', (name, value, what) => {
    const [problem] = problemsOf({ ...good, [name]: value }, []).problems;
    expect(problem).toMatchObject({ path: name, got: `"${value}"` });
    expect(problem?.fix).toContain(`no ${what} adapter yet`);
  });

  it('says of another address how to get a right one, and nothing of adapters to come', () => {
    const [problem] = problemsOf({ ...good, FRESHET_LOG: '/var/log' }, []).problems;
    expect(problem?.fix).toBe('start it with npx freshet dev, which sets it');
  });

  it('takes an empty value for none', () => {
    expect(problemsOf({ ...good, WARNINGS_URL: '' }, ['WARNINGS_URL']).problems).toMatchObject([
      { path: 'WARNINGS_URL', got: 'nothing' },
    ]);
  });

  it('never shows a parameter’s value', () => {
    expect(problemsOf({ ...good, FRESHET_STORE: '', TOKEN: 'canary' }, ['TOKEN']).message).not.toContain(
      'canary',
    );
  });
});
