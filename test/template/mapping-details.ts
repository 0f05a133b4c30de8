import { CfnParameter, CfnResource, type Stack } from 'aws-cdk-lib';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { ClusterSource, type ClusterNetwork } from '../../lib/constructs/cluster-source.ts';
import type { ResolvedMapping } from '../../lib/core/contract/resolved.ts';
import { ConfigError } from '../../lib/core/errors.ts';
import { tinyContract, tinyMapping } from '../support/tiny-contract.ts';
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
  type SynthesizedStage,
} from './synthesized.ts';

const featuresOf = (
  contract: Parameters<typeof stackOf>[0],
  props: Parameters<typeof stackOf>[1] = {},
): SynthesizedStage => {
  const found = stagesOf(contract, templateOf(contract, props)).find(
    ({ wiring }) => wiring.name === 'features',
  );
  if (!found) throw new Error('no features stage');
  return found;
};

const withFeatures = (different: Partial<ResolvedMapping>): ReturnType<typeof tinyContract> => {
  const contract = tinyContract();
  return { ...contract, features: { ...contract.features, mapping: tinyMapping('features', different) } };
};

const networkIn = (stack: Stack): ClusterNetwork => ({
  vpc: Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['a', 'b'],
    privateSubnetIds: ['subnet-0123456789abcdef1', 'subnet-0123456789abcdef2'],
  }),
  securityGroups: [SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0123456789abcdef0')],
});
const secretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:AmazonMSK_freshet-AbCdEf';
const secretIn = (stack: Stack, id = 'Scram'): ReturnType<typeof Secret.fromSecretCompleteArn> =>
  Secret.fromSecretCompleteArn(stack, id, secretArn);

export const mappingDetailsSuite = (): void => {
  describe('a mapping', () => {
    it.each([
      [500, undefined],
      [0, 0],
      [3_000, 3],
    ])('of a window of %i ms asks for %o whole seconds', (windowMs, expected) => {
      expect(featuresOf(withFeatures({ windowMs })).mapping['MaximumBatchingWindowInSeconds']).toBe(expected);
    });

    it('starts at the beginning, or at an instant in Unix seconds', () => {
      expect(featuresOf(tinyContract()).mapping).toMatchObject({ StartingPosition: 'TRIM_HORIZON' });
      expect(featuresOf(withFeatures({ startAt: '2026-01-01T00:00:00Z' })).mapping).toMatchObject({
        StartingPosition: 'AT_TIMESTAMP',
        StartingPositionTimestamp: 1_767_225_600,
      });
    });

    it('says infinite as −1', () => {
      expect(featuresOf(withFeatures({ retries: -1, maxAgeMs: -1 })).mapping).toMatchObject({
        MaximumRetryAttempts: -1,
        MaximumRecordAgeInSeconds: -1,
      });
    });

    it('becomes another one when its topic or its group changes, and only then', () => {
      const { mappingId } = featuresOf(tinyContract());
      const contract = tinyContract();
      const moved = { ...contract, source: { ...contract.source, name: 'plant.sensor.measured' } };
      expect(featuresOf(moved).mappingId).not.toBe(mappingId);
      expect(featuresOf(withFeatures({ group: 'tiny.features.2' })).mappingId).not.toBe(mappingId);
      expect(featuresOf(withFeatures({ batchSize: 7 })).mappingId).toBe(mappingId);
    });

    it('puts whole batches into an encrypted, closed bucket that only Lambda writes to', () => {
      const contract = withMappings(tinyContract(), { onFailure: 'bucket' });
      const template = templateOf(contract);
      const buckets = Object.entries(resourcesOf(template, 'AWS::S3::Bucket'));
      expect(buckets).toHaveLength(1);
      const [[id, bucket] = ['', undefined]] = buckets;
      expect(bucket).toMatchObject({
        DeletionPolicy: 'Retain',
        Properties: {
          BucketEncryption: {
            ServerSideEncryptionConfiguration: [
              {
                ServerSideEncryptionByDefault: {
                  SSEAlgorithm: 'aws:kms',
                  KMSMasterKeyID: expect.anything() as unknown,
                },
              },
            ],
          },
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            BlockPublicPolicy: true,
            IgnorePublicAcls: true,
            RestrictPublicBuckets: true,
          },
        },
      });
      for (const stage of stagesOf(contract, template)) {
        expect(plain(stage.mapping['DestinationConfig'])).toEqual({
          OnFailure: { Destination: `\${${id}.Arn}` },
        });
        expect(grantsOf(stage, 's3')).toEqual({
          's3:ListBucket': [`\${${id}.Arn}`],
          's3:PutObject': [`\${${id}.Arn}/*`],
        });
      }
    });
  });

  describe('a cluster of MSK', () => {
    it('with SCRAM uses the secret and lets it be read, without rights of IAM access control', () => {
      const stage = featuresOf(tinyContract(), (stack) => ({
        source: ClusterSource.msk({ arn: clusterArn, authentication: { secret: secretIn(stack) } }),
      }));
      expect(stage.mapping['SourceAccessConfigurations']).toEqual([
        { Type: 'SASL_SCRAM_512_AUTH', URI: secretArn },
      ]);
      expect(grantsOf(stage, 'secretsmanager')).toEqual({ 'secretsmanager:GetSecretValue': [secretArn] });
      expect(grantsOf(stage, 'kafka-cluster')).toEqual({});
      expect(stage.variables).toMatchObject({
        FRESHET_LOG_AUTH: `scram-512:${secretArn}`,
        FRESHET_LOG: 'kafka:event',
      });
    });

    it('with a secret that has a key of its own lets it be decrypted', () => {
      const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
      const stage = featuresOf(tinyContract(), (stack) => ({
        source: ClusterSource.msk({
          arn: clusterArn,
          authentication: {
            secret: Secret.fromSecretAttributes(stack, 'Scram', {
              secretCompleteArn: secretIn(stack, 'Same').secretArn,
              encryptionKey: Key.fromKeyArn(stack, 'ScramKey', keyArn),
            }),
          },
        }),
      }));
      expect(grantsOf(stage, 'kms')['kms:Decrypt']).toContain(keyArn);
    });

    it('with a secret that is known by its name lets that one be read', () => {
      const stage = featuresOf(tinyContract(), (stack) => ({
        source: ClusterSource.msk({
          arn: clusterArn,
          authentication: { secret: Secret.fromSecretNameV2(stack, 'Scram', 'AmazonMSK_freshet') },
        }),
      }));
      const [granted] = grantsOf(stage, 'secretsmanager')['secretsmanager:GetSecretValue'] ?? [];
      expect(granted).toMatch(/:secret:AmazonMSK_freshet-\?{6}$/);
      expect(plain(stage.variables['FRESHET_LOG_AUTH'])).toMatch(
        /^scram-512:arn:.*:secret:AmazonMSK_freshet$/,
      );
    });

    it('with IAM is authenticated to in its own region, which may be known only at deployment', () => {
      const regionOf = (arn: string | ((stack: Stack) => string)): unknown =>
        featuresOf(tinyContract(), (stack) => ({
          source: ClusterSource.msk({
            arn: typeof arn === 'string' ? arn : arn(stack),
            authentication: 'iam',
          }),
        })).variables['FRESHET_LOG_AUTH'];
      expect(regionOf(clusterArn)).toBe('iam:eu-west-1');
      expect(regionOf(clusterArn.replace('aws:kafka:eu-west-1', 'aws-cn:kafka:cn-north-1'))).toBe(
        'iam:cn-north-1',
      );
      expect(regionOf((stack) => new CfnParameter(stack, 'ClusterArn').valueAsString)).toEqual({
        'Fn::Join': ['', ['iam:', { 'Fn::Select': [3, { 'Fn::Split': [':', { Ref: 'ClusterArn' }] }] }]],
      });
    });

    it('with IAM needs no secret', () => {
      const stage = featuresOf(tinyContract(), {
        source: ClusterSource.msk({ arn: clusterArn, authentication: 'iam' }),
      });
      expect(grantsOf(stage, 'secretsmanager')).toEqual({});
    });

    it('puts functions into the network, with brokers where they are named', () => {
      const stage = featuresOf(tinyContract(), (stack) => ({
        source: ClusterSource.msk({
          arn: clusterArn,
          authentication: 'iam',
          bootstrapServers: ['b-1:9098', 'b-2:9098'],
          network: networkIn(stack),
        }),
      }));
      expect(stage.function['VpcConfig']).toEqual({
        SubnetIds: ['subnet-0123456789abcdef1', 'subnet-0123456789abcdef2'],
        SecurityGroupIds: ['sg-0123456789abcdef0'],
      });
      expect(stage.variables['FRESHET_LOG']).toBe('kafka:b-1:9098,b-2:9098');
    });
  });

  describe('a self-managed cluster', () => {
    it('is reached through the network and the secret', () => {
      const stage = featuresOf(tinyContract(), (stack) => ({
        source: ClusterSource.selfManaged({
          bootstrapServers: ['k-1:9096', 'k-2:9096'],
          network: networkIn(stack),
          secret: secretIn(stack),
        }),
      }));
      expect(stage.mapping).not.toHaveProperty('EventSourceArn');
      expect(stage.mapping).toMatchObject({
        SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['k-1:9096', 'k-2:9096'] } },
        SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'test.tiny.features' },
        SourceAccessConfigurations: [
          { Type: 'VPC_SUBNET', URI: 'subnet:subnet-0123456789abcdef1' },
          { Type: 'VPC_SUBNET', URI: 'subnet:subnet-0123456789abcdef2' },
          { Type: 'VPC_SECURITY_GROUP', URI: 'security_group:sg-0123456789abcdef0' },
          { Type: 'SASL_SCRAM_512_AUTH' },
        ],
      });
      expect(stage.variables).toMatchObject({
        FRESHET_LOG: 'kafka:k-1:9096,k-2:9096',
        FRESHET_LOG_AUTH: `scram-512:${secretArn}`,
      });
      expect(grantsOf(stage, 'secretsmanager')).toEqual({ 'secretsmanager:GetSecretValue': [secretArn] });
      expect(grantsOf(stage, 'kafka-cluster')).toEqual({});
      expect(grantsOf(stage, 'kafka')).toEqual({});
    });

    it('that is trusted through the network is not authenticated to', () => {
      const stage = featuresOf(tinyContract(), (stack) => ({
        source: ClusterSource.selfManaged({ bootstrapServers: ['k-1:9092'], network: networkIn(stack) }),
      }));
      expect(stage.variables['FRESHET_LOG_AUTH']).toBe('none');
      expect(grantsOf(stage, 'secretsmanager')).toEqual({});
    });

    it('passes cdk-nag', () => {
      const { app } = stackOf(tinyContract(), (stack) => ({
        source: ClusterSource.selfManaged({
          bootstrapServers: ['k-1:9096'],
          network: networkIn(stack),
          secret: Secret.fromSecretNameV2(stack, 'Scram', 'AmazonMSK_freshet'),
        }),
      }));
      expect(() => synthesizeChecked(app)).not.toThrow();
    });

    it('is refused without brokers, and with no way to be trusted', () => {
      expect(() => ClusterSource.selfManaged({ bootstrapServers: [] })).toThrow(
        expect.objectContaining({
          code: 'ENVIRONMENT_INVALID',
          problems: [expect.anything(), expect.anything()],
        }),
      );
    });
  });

  describe('a pipeline is refused', () => {
    it('with everything that does not fit, at once', () => {
      const refusal = (): unknown =>
        stackOf(tinyContract(), {
          environment: 'Prod_1',
          params: { FRESHET_RESPONSE: 'partial', AWS_REGION: 'x' },
        });
      expect(refusal).toThrow(ConfigError);
      expect(refusal).toThrow(/environment: got 'Prod_1'[^]*params\.FRESHET_RESPONSE[^]*params\.AWS_REGION/);
    });
  });

  describe('a synthesis', () => {
    it('fails for what cdk-nag finds and nobody acknowledged', () => {
      const { app, stack } = stackOf(tinyContract());
      new Secret(stack, 'NeverRotated');
      expect(() => synthesizeChecked(app)).toThrow(/AwsSolutions-SMG4/);
    });

    it('fails for what CDK’s own rules find', () => {
      const { app, stack } = stackOf(tinyContract());
      new CfnResource(stack, 'Misspelled', { type: 'AWS::SQS::Queue', properties: { QueueNam: 'x' } });
      expect(() => synthesizeChecked(app)).toThrow(/QueueNam/);
    });
  });
};
