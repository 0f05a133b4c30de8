import { describe, expect, it } from 'vitest';
import { TransientError } from '../../../../lib/core/errors.ts';
import { tableNames } from '../../../../lib/core/contract/tables.ts';
import type { ClusterExamination } from '../../../../lib/core/ports/examination.ts';
import type { DoctorPorts, ExaminedKafka } from '../../../../lib/ops/doctor/doctor-ports.ts';
import { examine } from '../../../../lib/ops/doctor/doctor.ts';
import { answer, seen, silence } from '../../../support/examinations.ts';
import { ordersStages } from '../../../support/orders-stages.ts';

const examined = { contract: ordersStages.features.contract, environment: 'dev' };

const kafka = (opened: ExaminedKafka['opened']): ExaminedKafka => ({
  kind: 'kafka',
  bootstrap: ['127.0.0.1:9092'],
  auth: 'none',
  isLoopback: true,
  opened,
});
const access = { authentication: 'none', isEncrypted: false } as const;
const folder = { kind: 'embedded', folder: '/state', opened: silence() } as const;
const ports: DoctorPorts = { log: folder, stores: folder, msk: undefined, account: undefined };

/** A cluster that lets in whoever comes, and answers nothing. */
const mute: ClusterExamination = {
  brokers: async () => answer([{ node: 1, address: '127.0.0.1:9092' }]),
  broker: async () => silence(),
  topic: async () => silence(),
  group: async () => silence(),
  authorizer: async () => silence(),
  producerId: async () => silence(),
  clock: async () => silence(),
};

describe('what cannot be looked at is never taken for right:', () => {
  it('brokers that do not answer', async () => {
    const findings = await examine({ ...ports, log: kafka(silence()) }, examined);
    expect(seen(findings)).toEqual([
      'failure connection',
      'failure topics',
      'failure access control',
      'warning stores',
      'failure skew',
    ]);
    expect(findings.filter(({ got }) => got === 'not probed: no connection to the brokers')).toHaveLength(3);
  });

  it('brokers that answer one question and no other', async () => {
    const refuse = async (): Promise<never> => {
      throw new TransientError('LOG_UNAVAILABLE', { message: 'no offsets' });
    };
    const opened = answer({ access, examination: mute, log: { offsets: refuse, offsetsAt: refuse } });
    const findings = await examine({ ...ports, log: kafka(opened) }, examined);
    // Of brokers of this machine nobody wants authentication.
    expect(seen(findings.filter(({ level }) => level === 'ok'))).toEqual(['ok authentication']);
    expect(seen(findings.filter(({ probe }) => probe === 'offsets by time'))).toEqual(
      Array<string>(3).fill('failure offsets by time'),
    );
  });

  it('a DynamoDB without credentials, and tables that nobody names', async () => {
    const stores = { kind: 'dynamodb', address: 'eu-central-1', tables: {} } as const;
    const shut = await examine({ ...ports, stores: { ...stores, opened: silence() } }, examined);
    expect(seen(shut.filter(({ area }) => area === 'tables'))).toEqual(['failure connection']);
    const opened = answer({ table: async () => answer(null), clock: () => undefined });
    const unnamed = await examine({ ...ports, stores: { ...stores, opened } }, examined);
    expect(
      unnamed.filter(({ area }) => area === 'tables').map(({ subject, level }) => [subject, level]),
    ).toEqual(tableNames.map((name) => [name, 'warning']));
  });

  it('MSK and an account for which there are no credentials', async () => {
    const findings = await examine(
      { ...ports, msk: { arn: 'arn', opened: silence() }, account: silence() },
      examined,
    );
    expect(seen(findings.filter(({ area }) => area === 'msk' || area === 'account'))).toEqual([
      'failure cluster',
      'failure concurrent executions',
    ]);
  });
});

it('MSK is compared with what --auth comes to, and brokers are judged by it', async () => {
  const offsets = async (): Promise<never[]> => [];
  const opened = answer({
    access: { authentication: 'scram-sha-512', isEncrypted: false } as const,
    examination: mute,
    log: { offsets, offsetsAt: offsets },
  });
  const log = { ...kafka(opened), auth: 'properties', isLoopback: false };
  const cluster = async () =>
    answer({
      name: 'flights',
      state: 'ACTIVE',
      kind: 'provisioned' as const,
      kafkaVersion: '3.8.x',
      instanceType: 'kafka.m7g.large',
      brokers: 3,
      authentication: ['iam' as const],
      encryption: 'TLS',
      bootstrap: answer(log.bootstrap),
    });
  const authenticationIn = async (one: ExaminedKafka): Promise<readonly string[]> =>
    (
      await examine(
        { ...ports, log: one, msk: { arn: 'arn', opened: answer({ cluster, close: () => {} }) } },
        examined,
      )
    )
      .filter(({ probe }) => probe === 'authentication')
      .map(({ level, area, subject, got }) => `${level} ${area} ${subject}: ${got}`);
  expect(await authenticationIn(log)).toEqual([
    'warning brokers --auth properties: scram-sha-512, and no encryption: who listens reads everything',
    'ok msk flights: iam',
    'failure msk --auth scram-sha-512: the cluster takes iam',
  ]);
  // Brokers that were not reached: nobody knows what the file comes to.
  expect(await authenticationIn({ ...log, opened: silence() })).toEqual(['ok msk flights: iam']);
});
