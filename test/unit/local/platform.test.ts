import { expect, it, onTestFinished } from 'vitest';
import { openPlatform, type PlatformOptions } from '../../../lib/local/platform.ts';
import { stubAws, workKeys } from '../../support/aws-profiles.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { tinyContract } from '../../support/tiny-contract.ts';

/** A platform on the embedded log, and the folder that it is in. */
const opened = async (dynamodb: PlatformOptions['dynamodb']) => {
  const folder = temporaryFolder();
  const kafka = undefined;
  const platform = await openPlatform({
    folder,
    contract: tinyContract(),
    environment: 'dev',
    kafka,
    dynamodb,
  });
  onTestFinished(() => platform.close());
  return { platform, here: `sqlite:${folder}` };
};

it('an embedded platform tells the functions that everything is in its folder, and has no brokers', async () => {
  const { platform, here } = await opened(undefined);
  expect(platform.variables).toEqual({
    FRESHET_LOG: here,
    FRESHET_STORE: here,
    FRESHET_PAYLOADS: here,
    FRESHET_VERDICTS: here,
  });
  expect(platform.brokers).toBeNull();
});

it.each([
  [
    'http://127.0.0.1:1',
    { FRESHET_STORE_KEY: 'local', AWS_REGION: 'eu-west-3', AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' },
  ],
  [undefined, { ...workKeys, AWS_REGION: 'eu-west-3' }],
])('keys of a DynamoDB at %s are apart from credentials of AWS', async (endpoint, expected) => {
  stubAws();
  const { platform, here } = await opened({ endpoint, region: 'eu-west-3', profile: 'work' });
  const { FRESHET_STORE, FRESHET_LOG, FRESHET_PAYLOADS, FRESHET_VERDICTS, ...aws } = platform.variables;
  expect(FRESHET_STORE).toMatch(/^dynamodb:/);
  expect(new Set([FRESHET_LOG, FRESHET_PAYLOADS, FRESHET_VERDICTS])).toEqual(new Set([here]));
  expect(aws).toEqual(expected);
});
