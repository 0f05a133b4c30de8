import { onTestFinished, vi } from 'vitest';
import { temporaryFolder } from './folder.ts';

/** Keys of the environment, for this test alone; a secret that may be shown nowhere has `canary` in it. */
export const environmentKeys = {
  AWS_ACCESS_KEY_ID: 'AKIAENVIRONMENT',
  AWS_SECRET_ACCESS_KEY: 'canary-environment',
} as const;

/** Keys of the profile `work`. */
export const workKeys = { AWS_ACCESS_KEY_ID: 'AKIAWORK', AWS_SECRET_ACCESS_KEY: 'canary-work' } as const;

/** For this test alone the SDK sees these keys and the profile `work`, and nothing else of this machine. */
export const stubAws = (variables: Readonly<Record<string, string>> = environmentKeys): void => {
  const folder = temporaryFolder({
    config: `[profile work]\naws_access_key_id = ${workKeys.AWS_ACCESS_KEY_ID}\naws_secret_access_key = ${workKeys.AWS_SECRET_ACCESS_KEY}\n`,
    credentials: '',
  });
  const none = {
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_REGION: undefined,
  };
  const files = {
    AWS_CONFIG_FILE: `${folder}/config`,
    AWS_SHARED_CREDENTIALS_FILE: `${folder}/credentials`,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  for (const [name, value] of Object.entries({ ...none, ...files, ...variables })) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
};
