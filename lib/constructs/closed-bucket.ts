import { RemovalPolicy, Validations } from 'aws-cdk-lib/core';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type LifecycleRule } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** A bucket for payloads: encrypted, closed, reached by TLS alone, and kept when the stack goes. */
export const closedBucket = (
  scope: Construct,
  id: string,
  encryptionKey: IKey,
  {
    writtenBy,
    lifecycleRules = [],
  }: { readonly writtenBy: string; readonly lifecycleRules?: readonly LifecycleRule[] },
): Bucket => {
  const bucket = new Bucket(scope, id, {
    encryption: BucketEncryption.KMS,
    encryptionKey,
    bucketKeyEnabled: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    versioned: true,
    removalPolicy: RemovalPolicy.RETAIN,
    lifecycleRules: [...lifecycleRules],
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions::AwsSolutions-S1',
    reason: `Written by ${writtenBy} alone; who reads it is in CloudTrail data events, and an access log bucket would need one of its own.`,
  });
  return bucket;
};
