import { openS3Payloads } from '../../lib/adapters/s3/payload-store.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { epochMsOf } from '../../lib/core/units.ts';
import { fakeCredentials, startFakeS3 } from '../support/fake-s3.ts';
import { payloadStoreSuite } from './suites/payload-store.ts';

payloadStoreSuite('S3', async () => {
  const s3 = await startFakeS3();
  const gone = await startFakeS3();
  await gone.close();
  const open = ({ endpoint, bucket }: typeof s3) =>
    openS3Payloads({
      endpoint,
      bucket,
      region: 'eu-central-1',
      credentials: fakeCredentials,
      clock: systemClock,
      deadline: () => epochMsOf(systemClock.now() + 10_000),
    });
  return {
    payloads: open(s3),
    another: async () => open(s3),
    unreachable: async () => open(gone),
    close: () => s3.close(),
  };
});
