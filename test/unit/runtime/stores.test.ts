import { expect, it, onTestFinished, vi } from 'vitest';
import { epochMsOf } from '../../../lib/core/units.ts';
import { openStores } from '../../../lib/runtime/stores.ts';
import { environmentKeys, stubAws } from '../../support/aws-profiles.ts';
import { startDownstream } from '../../support/downstream.ts';
import { tinyContract } from '../../support/tiny-contract.ts';

it.each([
  ['its own credentials', undefined, environmentKeys.AWS_ACCESS_KEY_ID],
  ['a key of its own, whatever other services are asked with', 'local', 'local'],
])('a function asks DynamoDB with %s', async (_, key, signer) => {
  const dynamodb = await startDownstream((response) => void response.writeHead(200).end('{}'));
  onTestFinished(() => dynamodb.close());
  stubAws({ ...environmentKeys, AWS_REGION: 'eu-west-3' });
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', dynamodb.url);
  const store = { adapter: 'dynamodb', tables: { operations: 'operations' }, key } as const;
  const { operations } = await openStores(tinyContract(), { store, verdicts: undefined }, () =>
    epochMsOf(Date.now() + 10_000),
  );
  await operations.paused('action').catch(() => {});
  expect(dynamodb.seen[0]?.headers.authorization).toContain(`Credential=${signer}/`);
});
