import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { awsCredentials } from '../../../../../lib/adapters/kafka/authentication/aws-credentials.ts';
import { temporaryFolder } from '../../../../support/folder.ts';

const lambda = {
  AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'canary-secret',
  AWS_SESSION_TOKEN: 'canary-token',
};
const options = { variables: lambda, region: 'eu-west-1', profile: undefined };

/** The SDK reads the process's own environment and files: these are all it gets to see. */
const isolated = (config: string): void => {
  const folder = temporaryFolder({ config, credentials: '' });
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', `${folder}/config`);
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', `${folder}/credentials`);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
};

describe('AWS credentials', () => {
  afterEach(() => void vi.unstubAllEnvs());

  it('are those of the environment, as in Lambda', async () => {
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = await awsCredentials(options)();
    expect([accessKeyId, secretAccessKey.reveal(), sessionToken?.reveal(), expiresAt]).toEqual([
      'ASIAEXAMPLE',
      'canary-secret',
      'canary-token',
      undefined,
    ]);
  });

  it('are read each time, with their end where it is known', async () => {
    const variables: Record<string, string | undefined> = { ...lambda, AWS_SESSION_TOKEN: '' };
    const provider = awsCredentials({ ...options, variables });
    expect((await provider()).sessionToken).toBeUndefined();
    variables['AWS_ACCESS_KEY_ID'] = 'ASIANEXT';
    variables['AWS_CREDENTIAL_EXPIRATION'] = '2026-03-01T00:00:00Z';
    expect(await provider()).toMatchObject({
      accessKeyId: 'ASIANEXT',
      expiresAt: Date.parse('2026-03-01T00:00:00Z'),
    });
  });

  it.each([
    ['named', { profile: 'work', variables: lambda }],
    ['selected by the environment', { profile: undefined, variables: { ...lambda, AWS_PROFILE: 'work' } }],
  ])('are those of a profile that is %s, before those of the environment', async (_, given) => {
    isolated('[profile work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = canary\n');
    const credentials = await awsCredentials({ ...options, ...given })();
    expect(credentials.accessKeyId).toBe('AKIAWORK');
    expect(credentials.secretAccessKey.reveal()).toBe('canary');
  });

  it('that are nowhere are asked for', async () => {
    isolated('');
    await expect(awsCredentials({ ...options, variables: {} })()).rejects.toMatchObject({
      code: 'AUTHENTICATION_INVALID',
      message: expect.stringContaining('aws sso login'),
    });
    await expect(awsCredentials({ ...options, profile: 'none' })()).rejects.toMatchObject({
      message: expect.stringContaining('for the profile "none"'),
    });
  });

  it('show nothing when they are inspected', async () => {
    expect(inspect(await awsCredentials(options)(), { showHidden: true })).not.toContain('canary');
  });
});
