import { expect, it, onTestFinished } from 'vitest';
import { openPlatform } from '../../../lib/local/platform.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { tinyContract } from '../../support/tiny-contract.ts';

it('an embedded platform tells the functions that everything is in its folder, and has no brokers', async () => {
  const folder = temporaryFolder();
  const platform = await openPlatform({
    folder,
    contract: tinyContract(),
    environment: 'dev',
    kafka: undefined,
    dynamodb: undefined,
  });
  onTestFinished(() => platform.close());
  const here = `sqlite:${folder}`;
  expect(platform.variables).toEqual({
    FRESHET_LOG: here,
    FRESHET_STORE: here,
    FRESHET_PAYLOADS: here,
    FRESHET_VERDICTS: here,
  });
  expect(platform.brokers).toBeNull();
});
