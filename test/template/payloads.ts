import { describe, expect, it } from 'vitest';
import { tinyContract } from '../support/tiny-contract.ts';
import {
  grantsOf,
  plain,
  resourcesOf,
  stackOf,
  stagesOf,
  synthesizeChecked,
  templateOf,
  withMappings,
} from './synthesized.ts';

const contract = tinyContract({ largePayloads: 'bucket' });
const made = () => {
  const template = templateOf(contract);
  const [[id, bucket] = ['', undefined], ...others] = Object.entries(
    resourcesOf(template, 'AWS::S3::Bucket'),
  );
  return { template, id, bucket, others };
};
const keepers = ['inference', 'action'];

export const payloadsSuite = (): void => {
  describe('the bucket of a contract that keeps large payloads', () => {
    it('is one, encrypted with the pipeline’s key, closed, versioned, and stays when the stack goes', () => {
      const { bucket, others } = made();
      expect(others).toEqual([]);
      expect(bucket).toMatchObject({
        DeletionPolicy: 'Retain',
        Properties: {
          BucketEncryption: {
            ServerSideEncryptionConfiguration: [
              {
                BucketKeyEnabled: true,
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
          VersioningConfiguration: { Status: 'Enabled' },
        },
      });
    });

    it('is reached by TLS alone', () => {
      const { template, id } = made();
      const policies = Object.values(resourcesOf(template, 'AWS::S3::BucketPolicy'));
      expect(policies.map(({ Properties }) => Properties)).toMatchObject([
        {
          Bucket: { Ref: id },
          PolicyDocument: {
            Statement: [
              {
                Action: 's3:*',
                Condition: { Bool: { 'aws:SecureTransport': 'false' } },
                Effect: 'Deny',
              },
            ],
          },
        },
      ]);
    });

    it('forgets an object 90 days after the last item that can point to it, which has 9 days here', () => {
      expect(made().bucket?.Properties['LifecycleConfiguration']).toEqual({
        Rules: [
          {
            Status: 'Enabled',
            ExpirationInDays: 99,
            NoncurrentVersionExpiration: { NoncurrentDays: 30 },
          },
        ],
      });
    });

    it('is told to the stages with a ledger, and they may reach their own objects', () => {
      const { template, id } = made();
      for (const stage of stagesOf(contract, template)) {
        const { name } = stage.wiring;
        const keeps = keepers.includes(name);
        expect(plain(stage.variables['FRESHET_PAYLOADS'])).toBe(keeps ? `s3:\${${id}}` : undefined);
        const objects = [`\${${id}.Arn}/tiny/${name}/*`];
        expect(grantsOf(stage, 's3')).toEqual(
          keeps
            ? { 's3:ListBucket': [`\${${id}.Arn}`], 's3:GetObject': objects, 's3:PutObject': objects }
            : {},
        );
      }
    });

    it('passes cdk-nag, also beside a bucket for what a mapping gave up on', () => {
      for (const different of [{}, { onFailure: 'bucket' }] as const)
        expect(() => synthesizeChecked(stackOf(withMappings(contract, different)).app)).not.toThrow();
    });
  });

  it('a contract without has none, and its functions are told of none', () => {
    const without = templateOf(tinyContract());
    without.resourceCountIs('AWS::S3::Bucket', 0);
    for (const { variables } of stagesOf(tinyContract(), without))
      expect(variables).not.toHaveProperty('FRESHET_PAYLOADS');
  });
};
