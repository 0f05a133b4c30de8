import { describe, expect, it } from 'vitest';
import type { ConfigError } from '../../../lib/core/errors.ts';
import { resolveEnvironment, type EnvironmentNeeds } from '../../../lib/runtime/environment.ts';
import { configErrorOf } from '../../support/config-error.ts';

const good = {
  FRESHET_ENVIRONMENT: 'prod-eu-1',
  FRESHET_RESPONSE: 'partial',
  FRESHET_LOG: 'sqlite:/var/log',
  FRESHET_STORE: 'sqlite:/var/store',
  WARNINGS_URL: 'https://example.com',
};

const registryAsked: EnvironmentNeeds = { registry: true, payloads: false };
const payloadsAsked: EnvironmentNeeds = { registry: false, payloads: true };

const refusalOf = (
  variables: Readonly<Record<string, string | undefined>>,
  params: readonly string[],
  needs?: EnvironmentNeeds,
): ConfigError => configErrorOf(() => resolveEnvironment(variables, params, needs));

describe('the environment of a function', () => {
  it('is resolved once', () => {
    expect(resolveEnvironment(good, ['WARNINGS_URL'])).toEqual({
      environment: 'prod-eu-1',
      response: 'partial',
      log: { adapter: 'sqlite', location: '/var/log' },
      logAuth: { kind: 'none' },
      store: { adapter: 'sqlite', location: '/var/store' },
      verdicts: undefined,
      registry: null,
      payloads: null,
      params: { WARNINGS_URL: 'https://example.com' },
    });
  });

  it('takes tables of DynamoDB, and a place for verdicts', () => {
    const variables = {
      ...good,
      FRESHET_STORE: 'dynamodb:claims=prod-Claims.1,operations=prod_Operations',
      FRESHET_VERDICTS: 'sqlite:/var/run',
    };
    expect(resolveEnvironment(variables, [])).toMatchObject({
      store: {
        adapter: 'dynamodb',
        tables: { claims: 'prod-Claims.1', operations: 'prod_Operations' },
        key: undefined,
      },
      verdicts: { adapter: 'sqlite', location: '/var/run' },
    });
    expect(resolveEnvironment({ ...variables, FRESHET_STORE_KEY: 'local' }, []).store).toMatchObject({
      key: 'local',
    });
  });

  it('has a schema registry where the stage asks for one', () => {
    const registryOf = (text: string): string | null =>
      resolveEnvironment({ ...good, FRESHET_REGISTRY: text }, [], registryAsked).registry;
    expect(registryOf('https://user:secret@registry.example/path')).toBe(
      'https://user:secret@registry.example/path',
    );
    expect(registryOf('none')).toBeNull();
    expect(resolveEnvironment({ ...good, FRESHET_REGISTRY: 'https://r.example' }, []).registry).toBeNull();
  });

  it.each([
    [undefined, 'nothing'],
    ['', 'nothing'],
    ['registry:8081', 'the scheme "registry:"'],
    ['user:canary@registry', 'the scheme "user:"'],
    ['canary', 'a text that is no address'],
    ['https://r.example?token=canary', 'an address with a query or a fragment'],
    ['https://r.example#canary', 'an address with a query or a fragment'],
  ])('cannot have the schema registry "%s", and shows nothing of it', (text, got) => {
    const error = refusalOf({ ...good, FRESHET_REGISTRY: text }, [], registryAsked);
    expect(error.problems).toMatchObject([{ path: 'FRESHET_REGISTRY', got }]);
    expect(error.message).not.toContain('canary');
  });

  it.each([
    [
      's3:orders-prod.1',
      { adapter: 's3', bucket: 'orders-prod.1', region: 'eu-central-1', endpoint: undefined },
    ],
    ['sqlite:/state', { adapter: 'sqlite', location: '/state' }],
  ])('has the payload store "%s" where the contract asks for one', (text, payloads) => {
    const variables = { ...good, FRESHET_PAYLOADS: text, AWS_REGION: 'eu-central-1' };
    expect(resolveEnvironment(variables, [], payloadsAsked).payloads).toEqual(payloads);
    expect(resolveEnvironment(variables, []).payloads).toBeNull();
  });

  it('takes the endpoint of a bucket that is not at AWS', () => {
    const variables = {
      ...good,
      FRESHET_PAYLOADS: 's3:orders',
      AWS_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9',
    };
    expect(resolveEnvironment(variables, [], payloadsAsked).payloads).toMatchObject({
      endpoint: 'http://127.0.0.1:9',
    });
  });

  it.each([undefined, '', 'orders', 's3:', 's3:Orders', 's3:or/ders'])(
    'cannot have the payload store "%s"',
    (text) => {
      const variables = { ...good, FRESHET_PAYLOADS: text, AWS_REGION: 'eu-central-1' };
      expect(refusalOf(variables, [], payloadsAsked).problems).toMatchObject([{ path: 'FRESHET_PAYLOADS' }]);
    },
  );

  it('cannot have a bucket in no region', () => {
    const { problems } = refusalOf({ ...good, FRESHET_PAYLOADS: 's3:orders' }, [], payloadsAsked);
    expect(problems).toMatchObject([
      { path: 'FRESHET_PAYLOADS', expected: expect.stringContaining('AWS_REGION') },
    ]);
  });

  it('takes either response, and none for granted', () => {
    expect(resolveEnvironment({ ...good, FRESHET_RESPONSE: 'throw' }, []).response).toBe('throw');
    expect(refusalOf({ ...good, FRESHET_RESPONSE: undefined }, []).problems).toMatchObject([
      { path: 'FRESHET_RESPONSE', got: 'nothing' },
    ]);
  });

  it('says everything that is missing at once', () => {
    const error = refusalOf({}, ['WARNINGS_URL', 'TOKEN']);
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
    ['FRESHET_LOG', 'kafka:'],
    ['FRESHET_LOG', 'kafka:b-1.example'],
    ['FRESHET_LOG', 'kafka:b-1.example:9098,'],
    ['FRESHET_STORE', 'dynamodb:table'],
    ['FRESHET_STORE', 'dynamodb:claims=table,letters=table'],
    ['FRESHET_STORE', 'dynamodb:claims=a table'],
    ['FRESHET_VERDICTS', '/var/verdicts'],
  ])('%s cannot be "%s"', (name, value) => {
    expect(refusalOf({ ...good, [name]: value }, []).problems).toMatchObject([
      { path: name, got: `"${value}"` },
    ]);
  });

  it.each([
    ['kafka:event', 'event'],
    ['kafka:b-1.example:9098,b-2.example:9098', ['b-1.example:9098', 'b-2.example:9098']],
    ['kafka:[::1]:9092', ['[::1]:9092']],
  ])('takes brokers of Kafka: %s', (text, bootstrap) => {
    expect(resolveEnvironment({ ...good, FRESHET_LOG: text }, []).log).toEqual({
      adapter: 'kafka',
      bootstrap,
    });
  });

  it('says how to authenticate to the brokers', () => {
    const logAuth = (text: string | undefined): unknown =>
      resolveEnvironment({ ...good, FRESHET_LOG_AUTH: text }, []).logAuth;
    expect(logAuth('iam:eu-west-1')).toEqual({ kind: 'iam', region: 'eu-west-1' });
    expect([logAuth(undefined), logAuth('')]).toEqual([{ kind: 'none' }, { kind: 'none' }]);
  });

  it('never shows what stands where only a secret’s ARN may', () => {
    const error = refusalOf({ ...good, FRESHET_LOG_AUTH: 'plain:alice:canary' }, []);
    expect(error.problems).toMatchObject([
      { path: 'FRESHET_LOG_AUTH', expected: expect.stringContaining('iam:<region>') },
    ]);
    expect(error.message).not.toMatch(/canary|alice/);
  });

  it('takes an empty value for none', () => {
    expect(refusalOf({ ...good, WARNINGS_URL: '' }, ['WARNINGS_URL']).problems).toMatchObject([
      { path: 'WARNINGS_URL', got: 'nothing' },
    ]);
  });

  it('never shows a parameter’s value', () => {
    expect(refusalOf({ ...good, FRESHET_STORE: '', TOKEN: 'canary' }, ['TOKEN']).message).not.toContain(
      'canary',
    );
  });
});
