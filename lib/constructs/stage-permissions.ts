import { Stack, Validations, type CfnElement } from 'aws-cdk-lib/core';
import { Effect, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { mskResourceArn, secretOf, type ClusterSource } from './cluster-source.ts';
import type { TableName } from '../core/contract/tables.ts';
import type { PipelineTables } from './pipeline-tables.ts';
import type { StageWiring } from './stage-wiring.ts';

const allow = (actions: readonly string[], resources: readonly string[]): PolicyStatement =>
  new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] });

/** To consume one topic in one group, and to produce to some: MSK's IAM access control. */
const kafkaStatements = (
  clusterArn: string,
  { group, source, writes }: StageWiring,
): readonly PolicyStatement[] => [
  allow(['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'], [clusterArn]),
  allow(
    ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'],
    [mskResourceArn(clusterArn, 'group', group)],
  ),
  allow(
    ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
    [mskResourceArn(clusterArn, 'topic', source)],
  ),
  allow(
    ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'],
    writes.map((topic) => mskResourceArn(clusterArn, 'topic', topic)),
  ),
];

/** What Lambda needs of the execution role to find an MSK cluster's brokers. @see "Configuring Lambda permissions for Amazon MSK" */
const mskStatements = (clusterArn: string): readonly PolicyStatement[] => [
  allow(['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'], [clusterArn]),
];

const networkResources = ['network-interface', 'subnet', 'security-group'] as const;

/**
 * Network interfaces, of the function in its VPC and of the pollers in the cluster's.
 * The Describe actions have no resource level (service authorization reference, "Amazon EC2").
 */
const networkStatements = (stack: Stack): readonly PolicyStatement[] => {
  const arn = (resource: string): string => stack.formatArn({ service: 'ec2', resource, resourceName: '*' });
  return [
    allow(
      [
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcs',
      ],
      ['*'],
    ),
    allow(['ec2:CreateNetworkInterface'], networkResources.map(arn)),
    allow(
      ['ec2:AssignPrivateIpAddresses', 'ec2:DeleteNetworkInterface', 'ec2:UnassignPrivateIpAddresses'],
      [arn('network-interface')],
    ),
  ];
};

/** Says to cdk-nag why the wildcards that are left are meant; any other fails a synth. */
const acknowledgeWildcards = (
  { role, wiring, failures, payloads }: StageGrants,
  inNetwork: boolean,
): void => {
  const acknowledge = (resource: string, reason: string): void =>
    Validations.of(role).acknowledge({
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`,
      reason,
    });
  acknowledge(
    '*',
    'Tracing (xray:PutTraceSegments, PutTelemetryRecords) and the Describe actions of EC2 have no resource level.',
  );
  if (inNetwork)
    for (const resource of networkResources)
      acknowledge(
        `arn:<AWS::Partition>:ec2:<AWS::Region>:<AWS::AccountId>:${resource}/*`,
        'Lambda makes and drops the network interfaces itself, under ids nobody knows before.',
      );
  const objectsOf = (bucket: Bucket): string =>
    `<${Stack.of(bucket).getLogicalId(bucket.node.defaultChild as CfnElement)}.Arn>`;
  if (failures)
    acknowledge(`${objectsOf(failures)}/*`, 'Lambda names the objects of its on-failure destination itself.');
  if (payloads && wiring.payloads !== null)
    acknowledge(
      `${objectsOf(payloads)}/${wiring.payloads}/*`,
      'Objects of one stage, named by digests of what is in them.',
    );
};

const tableStatements = (tables: PipelineTables, wiring: StageWiring): readonly PolicyStatement[] =>
  Object.entries(wiring.tables).map(([name, actions]) =>
    allow(
      actions.map((action) => `dynamodb:${action}`),
      [tables.table(name as TableName).tableArn],
    ),
  );

/** Of a secret that is known only by its name the ARN ends in six characters that Secrets Manager has chosen. */
const grantedArn = (secret: ISecret): string => secret.secretFullArn ?? `${secret.secretArn}-??????`;

export interface StageGrants {
  readonly role: Role;
  readonly wiring: StageWiring;
  readonly source: ClusterSource;
  readonly tables: PipelineTables;
  readonly key: IKey;
  readonly logGroup: ILogGroup;
  /** Where the mapping puts what it gave up on, if it is a bucket. */
  readonly failures: Bucket | undefined;
  /** The pipeline's bucket for large payloads, if it has one. */
  readonly payloads: Bucket | undefined;
}

/** Without the right to list, S3 says of an object that is missing only that it may not be read. */
const payloadStatements = (bucket: Bucket, prefix: string): readonly PolicyStatement[] => [
  allow(['s3:ListBucket'], [bucket.bucketArn]),
  allow(['s3:GetObject', 's3:PutObject'], [bucket.arnForObjects(`${prefix}/*`)]),
];

/** Grants a stage exactly what it does: its own topics, group, tables, log streams and secret, each by ARN. */
export const grantStage = (grants: StageGrants): void => {
  const { role, wiring, source, tables, key, logGroup, failures, payloads } = grants;
  const secret = secretOf(source);
  // MSK's pollers always work through interfaces in the cluster's own VPC.
  const inNetwork = source.kind === 'msk' || source.network !== undefined;
  const statements = [
    ...(source.kind === 'msk' ? mskStatements(source.arn) : []),
    ...(source.kind === 'msk' && source.authentication === 'iam' ? kafkaStatements(source.arn, wiring) : []),
    ...(inNetwork ? networkStatements(Stack.of(role)) : []),
    ...(secret ? [allow(['secretsmanager:GetSecretValue'], [grantedArn(secret)])] : []),
    ...tableStatements(tables, wiring),
    ...(failures
      ? [
          allow(['s3:ListBucket'], [failures.bucketArn]),
          allow(['s3:PutObject'], [failures.arnForObjects('*')]),
        ]
      : []),
    ...(payloads && wiring.payloads !== null ? payloadStatements(payloads, wiring.payloads) : []),
    allow(['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'], [key.keyArn]),
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]),
  ];
  for (const statement of statements) role.addToPolicy(statement);
  secret?.encryptionKey?.grantDecrypt(role);
  acknowledgeWildcards(grants, inNetwork);
};
