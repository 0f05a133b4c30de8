import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { secretStore } from '../../../../../lib/adapters/kafka/authentication/secret-store.ts';
import { ConfigError, TransientError } from '../../../../../lib/core/errors.ts';
import {
  startDownstream,
  type Answering,
  type Downstream,
  type SeenRequest,
} from '../../../../support/downstream.ts';

const arn = 'arn:aws:secretsmanager:eu-west-3:111122223333:secret:AmazonMSK_freshet-AbCdEf';

let running: Downstream[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(running.map((one) => one.close()));
  running = [];
});

/** Secrets Manager on this machine. */
const service = async (answer: Answering): Promise<readonly SeenRequest[]> => {
  const started = await startDownstream(answer);
  running.push(started);
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', started.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_PROFILE', undefined);
  return started.seen;
};

const answer =
  (code: number, body: unknown): Answering =>
  (response: ServerResponse) =>
    void response.writeHead(code, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
const refusal = (type: string): Answering => answer(400, { __type: type, message: 'refused' });

const thrownBy = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => {
      throw new Error('expected an error');
    },
    (thrown: unknown) => thrown,
  );

describe('a secret of Secrets Manager', () => {
  it('is asked for by its ARN, in the region that is in it', async () => {
    const seen = await service(answer(200, { SecretString: '{"username":"a"}' }));
    expect(await secretStore()(arn)).toBe('{"username":"a"}');
    expect(seen[0]?.headers).toMatchObject({
      'x-amz-target': 'secretsmanager.GetSecretValue',
      authorization: expect.stringContaining('/eu-west-3/secretsmanager/'),
    });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ SecretId: arn });
  });

  it.each([
    'ResourceNotFoundException',
    'AccessDeniedException',
    'DecryptionFailure',
    'InvalidRequestException',
    'UnrecognizedClientException',
  ])('that is refused with %s is a mistake in the configuration', async (type) => {
    await service(refusal(type));
    const error = await thrownBy(secretStore()(arn));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ code: 'AUTHENTICATION_INVALID', message: expect.stringContaining(type) });
    expect(error).toMatchObject({ message: expect.stringContaining(arn) });
  });

  it.each<[string, Answering]>([
    ['throttling', refusal('ThrottlingException')],
    ['a fault of the service', answer(500, { __type: 'InternalServiceError' })],
    ['no answer', (response) => void response.destroy()],
  ])('that is met with %s may be there later', async (_, answering) => {
    await service(answering);
    const error = await thrownBy(secretStore()(arn));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({
      code: 'CREDENTIALS_UNAVAILABLE',
      message: expect.stringContaining('interface endpoint for Secrets Manager'),
    });
  });

  it('that is binary is refused', async () => {
    await service(answer(200, { SecretBinary: Buffer.from('canary').toString('base64') }));
    const error = await thrownBy(secretStore()(arn));
    expect(error).toMatchObject({ code: 'AUTHENTICATION_INVALID' });
    expect(inspect(error, { depth: Infinity })).not.toContain('canary');
  });
});
