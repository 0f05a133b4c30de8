import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { RunReport } from '../../../lib/local/report/report.ts';
import { alice, startSecureBroker } from '../../services/secure-broker.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startFreshetWith, until } from '../../support/freshet-process.ts';

const linesOf = (file: string): number => readFileSync(file, 'utf8').split('\n').filter(Boolean).length;

/** Every function opens the brokers for itself, to write what it emits. */
it('a pipeline runs to its end where only who authenticates is let in', { timeout: 180_000 }, async () => {
  const broker = await startSecureBroker();
  onTestFinished(() => broker.remove());
  const folder = temporaryFolder();
  const { ended, written } = startFreshetWith({
    args: 'dev --once --fast --output json --functions test/fixtures/orders --auth variables'
      .split(' ')
      .concat('--state', folder, '--bootstrap', broker.addressOf('SASLTLS')),
    env: {
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_SASL_USERNAME: alice.username,
      KAFKA_SASL_PASSWORD: alice['SCRAM-SHA-512'],
      KAFKA_SSL_TRUSTSTORE_CERTIFICATES: broker.authority.certificate.trim().replaceAll(/\r?\n/g, ' '),
    },
  });
  let code: number | string | undefined;
  void ended.then((how) => (code = how));
  // Functions that are not let in try for ever.
  await until(
    'the run to end',
    () => code !== undefined,
    () => written.err,
    120,
  );
  expect({ code, err: written.err }).toMatchObject({ code: 0 });
  const report = JSON.parse(written.out) as RunReport;
  expect(report.balanced).toBe(true);
  expect(report.stages.features?.received).toBe(
    linesOf('test/fixtures/orders/data/orders-2026-01-05.ndjson'),
  );
  expect(report.stages.action?.received).toBeGreaterThan(0);
  // What the functions got is nowhere else.
  const password = alice['SCRAM-SHA-512'];
  expect(written.out + written.err).not.toContain(password);
  const holders = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .filter(({ parentPath, name }) => readFileSync(join(parentPath, name)).includes(password));
  expect(holders).toEqual([]);
});
