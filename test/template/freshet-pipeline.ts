import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { ResolvedContract } from '../../lib/core/contract/resolved.ts';
import { contract as meters } from '../fixtures/meters/contract.ts';
import { contract as orders } from '../fixtures/orders/contract.ts';
import { tinyContract } from '../support/tiny-contract.ts';
import {
  clusterArn,
  grantsOf,
  plain,
  resourcesOf,
  stackOf,
  stagesOf,
  synthesizeChecked,
  templateOf,
  withMappings,
} from './synthesized.ts';

const arnOf = (kind: string, name: string): string =>
  `${clusterArn.replace(':cluster/', `:${kind}/`)}/${name}`;

/** Actions without a resource level. @see Service authorization reference: Amazon EC2, AWS X-Ray */
const withoutResourceLevel = [
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcs',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];

const conditionalWrites = ['dynamodb:BatchGetItem', 'dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'];
const operations = ['dynamodb:GetItem', 'dynamodb:UpdateItem'];

/** What holds for every pipeline, whatever its contract says. */
const describePipeline = (name: string, contract: ResolvedContract): void => {
  describe(`the template of ${name}`, () => {
    const contexts = Object.keys(contract.context).length;
    let synthesized:
      | { readonly template: Template; readonly stages: ReturnType<typeof stagesOf> }
      | undefined;
    // Made once: no test changes it, and a synthesis takes longer than all of them.
    const synthesize = (): NonNullable<typeof synthesized> => {
      if (synthesized) return synthesized;
      const template = templateOf(contract, { params: { WARNINGS_URL: 'https://example.com' } });
      synthesized = { template, stages: stagesOf(contract, template) };
      return synthesized;
    };

    it('has a function, a mapping, a role and a log group for each stage', () => {
      const { template, stages } = synthesize();
      expect(stages.map(({ wiring }) => wiring.name).slice(contexts)).toEqual([
        'features',
        'inference',
        'action',
      ]);
      for (const type of ['Lambda::Function', 'Lambda::EventSourceMapping', 'IAM::Role', 'Logs::LogGroup'])
        template.resourceCountIs(`AWS::${type}`, contexts + 3);
    });

    it('runs functions on Node.js 24 and arm64, traced, logged, with the timeout of their mapping', () => {
      for (const { wiring, function: properties } of synthesize().stages)
        expect(properties).toMatchObject({
          Runtime: 'nodejs24.x',
          Architectures: ['arm64'],
          Handler: 'index.handler',
          Timeout: wiring.mapping.timeoutMs / 1_000,
          TracingConfig: { Mode: 'Active' },
          LoggingConfig: { LogGroup: expect.anything() as unknown },
          KmsKeyArn: expect.anything() as unknown,
        });
    });

    it('tells each function where it is, and only action its parameters', () => {
      for (const { wiring, variables } of synthesize().stages) {
        expect(variables).toMatchObject({
          FRESHET_ENVIRONMENT: 'test',
          FRESHET_PIPELINE: contract.pipeline,
          FRESHET_LOG: 'kafka:event',
          FRESHET_LOG_AUTH: 'iam:eu-west-1',
        });
        expect(variables['WARNINGS_URL']).toBe(wiring.name === 'action' ? 'https://example.com' : undefined);
        const tables =
          /^dynamodb:(.*)$/.exec(String(plain(variables['FRESHET_STORE'])))?.[1]?.split(',') ?? [];
        expect(tables.map((each) => each.split('=')[0])).toEqual(Object.keys(wiring.tables));
      }
    });

    it('maps each topic as the contract says', () => {
      for (const { wiring, mapping } of synthesize().stages)
        expect(mapping).toMatchObject({
          EventSourceArn: clusterArn,
          Topics: [wiring.source],
          AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: wiring.group },
          BatchSize: wiring.mapping.batchSize,
        });
    });

    it('never enables or disables a mapping: that is the operator’s', () => {
      for (const { mapping } of synthesize().stages) expect(mapping).not.toHaveProperty('Enabled');
    });

    it('asks for partial responses exactly where it says so to the function', () => {
      for (const { mapping, variables } of synthesize().stages)
        expect(variables['FRESHET_RESPONSE'] === 'partial').toBe('FunctionResponseTypes' in mapping);
      const throwing = withMappings(contract, { partialResponses: false });
      for (const { mapping, variables } of stagesOf(throwing, templateOf(throwing))) {
        expect(mapping).not.toHaveProperty('FunctionResponseTypes');
        expect(variables['FRESHET_RESPONSE']).toBe('throw');
      }
    });

    it('emits the error controls in provisioned mode', () => {
      const provisioned = withMappings(contract, {
        pollers: { min: 1, max: 2 },
        retries: 60,
        maxAgeMs: 3_600_000,
        bisect: true,
        partialResponses: true,
        onFailure: 'dead-letter-topic',
      });
      for (const { wiring, mapping } of stagesOf(provisioned, templateOf(provisioned)))
        expect(mapping).toMatchObject({
          ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 2 },
          MaximumRetryAttempts: 60,
          MaximumRecordAgeInSeconds: 3_600,
          BisectBatchOnFunctionError: true,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          DestinationConfig: { OnFailure: { Destination: `kafka://${wiring.deadLetters}` } },
        });
    });

    it('never emits them without, whatever the contract asks for', () => {
      const onDemand = withMappings(contract, {
        pollers: null,
        retries: 60,
        maxAgeMs: 3_600_000,
        bisect: true,
        partialResponses: true,
        onFailure: 'dead-letter-topic',
      });
      for (const { mapping, variables } of stagesOf(onDemand, templateOf(onDemand))) {
        for (const control of [
          'ProvisionedPollerConfig',
          'MaximumRetryAttempts',
          'MaximumRecordAgeInSeconds',
          'BisectBatchOnFunctionError',
          'FunctionResponseTypes',
          'DestinationConfig',
        ])
          expect(mapping).not.toHaveProperty(control);
        expect(variables['FRESHET_RESPONSE']).toBe('throw');
      }
    });

    it('lets a stage consume its own topic in its own group and produce to its outputs, and no more', () => {
      for (const stage of synthesize().stages) {
        const { source, group, writes } = stage.wiring;
        expect(grantsOf(stage, 'kafka-cluster')).toEqual({
          'kafka-cluster:Connect': [clusterArn],
          'kafka-cluster:WriteDataIdempotently': [clusterArn],
          'kafka-cluster:AlterGroup': [arnOf('group', group)],
          'kafka-cluster:DescribeGroup': [arnOf('group', group)],
          'kafka-cluster:ReadData': [arnOf('topic', source)],
          'kafka-cluster:DescribeTopic': [source, ...writes].map((topic) => arnOf('topic', topic)).toSorted(),
          'kafka-cluster:WriteData': writes.map((topic) => arnOf('topic', topic)).toSorted(),
        });
      }
    });

    it('lets no stage write to its own source', () => {
      for (const { wiring } of synthesize().stages) expect(wiring.writes).not.toContain(wiring.source);
    });

    it('lets a stage do to each of its tables what its stores do, and no more', () => {
      const expected: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
        features: {
          rows: conditionalWrites,
          ...(contexts > 0 ? { context: ['dynamodb:Query'] } : {}),
          operations,
        },
        inference: { claims: conditionalWrites, operations },
        action: { effects: conditionalWrites, operations },
        context: { context: ['dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'], operations },
      };
      for (const stage of synthesize().stages) {
        const granted: Record<string, string[]> = {};
        const store = String(plain(stage.variables['FRESHET_STORE'])).replace('dynamodb:', '');
        const nameByArn = Object.fromEntries(
          store.split(',').map((each) => {
            const [table = '', reference = ''] = each.split('=');
            return [reference.replace('}', '.Arn}'), table];
          }),
        );
        for (const [action, arns] of Object.entries(grantsOf(stage, 'dynamodb')))
          for (const arn of arns) (granted[nameByArn[arn] ?? arn] ??= []).push(action);
        const kind = stage.wiring.name.startsWith('context-') ? 'context' : stage.wiring.name;
        expect(
          Object.fromEntries(Object.entries(granted).map(([table, actions]) => [table, actions.toSorted()])),
          stage.wiring.name,
        ).toEqual(expected[kind]);
      }
    });

    it('uses no wildcard resource but where an action has no resource level', () => {
      const everywhere = synthesize()
        .stages.flatMap(({ statements }) => statements)
        .filter(({ Resource }) => [Resource].flat().includes('*'))
        .flatMap(({ Action }) => Action);
      expect(everywhere.filter((action) => !withoutResourceLevel.includes(action))).toEqual([]);
    });

    it('uses no wildcard action', () => {
      for (const { statements } of synthesize().stages)
        expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual(
          [],
        );
    });

    it('attaches no managed policy', () => {
      for (const { Properties } of Object.values(resourcesOf(synthesize().template, 'AWS::IAM::Role')))
        expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    });

    it('keeps its tables: recovery, deletion protection, RETAIN, a key of its own that rotates', () => {
      const { template } = synthesize();
      const tables = Object.values(resourcesOf(template, 'AWS::DynamoDB::Table'));
      expect(tables).toHaveLength(contexts > 0 ? 5 : 4);
      for (const { Properties, DeletionPolicy } of tables) {
        expect(DeletionPolicy).toBe('Retain');
        expect(Properties).toMatchObject({
          BillingMode: 'PAY_PER_REQUEST',
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          SSESpecification: {
            SSEEnabled: true,
            SSEType: 'KMS',
            KMSMasterKeyId: expect.anything() as unknown,
          },
        });
        const isRows = JSON.stringify(Properties['KeySchema']).includes('"entity"');
        expect(Properties['TimeToLiveSpecification']).toEqual(
          isRows ? undefined : { AttributeName: 'expiresAt', Enabled: true },
        );
      }
      // What has failed, or is in doubt, is found without reading all that was done.
      expect(
        Object.values(tables).filter(({ Properties }) => 'GlobalSecondaryIndexes' in Properties),
      ).toHaveLength(2);
      template.hasResourceProperties('AWS::DynamoDB::Table', {
        GlobalSecondaryIndexes: [
          {
            IndexName: 'listed',
            KeySchema: [
              { AttributeName: 'listed', KeyType: 'HASH' },
              { AttributeName: 'firstAttempt', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      });
      template.hasResource('AWS::KMS::Key', {
        DeletionPolicy: 'Retain',
        Properties: { EnableKeyRotation: true },
      });
    });

    it('encrypts its logs and forgets them after a month', () => {
      for (const { Properties } of Object.values(resourcesOf(synthesize().template, 'AWS::Logs::LogGroup')))
        expect(Properties).toMatchObject({ RetentionInDays: 30, KmsKeyId: expect.anything() as unknown });
    });

    it('passes cdk-nag, in every mode', () => {
      for (const different of [{}, { pollers: null, partialResponses: false, onFailure: 'bucket' }] as const)
        expect(() => synthesizeChecked(stackOf(withMappings(contract, different)).app)).not.toThrow();
    });
  });
};

export const freshetPipelineSuite = (): void => {
  describePipeline('a contract by hand', tinyContract());
  describePipeline('orders', orders.resolved);
  describePipeline('meters', meters.resolved);
};
