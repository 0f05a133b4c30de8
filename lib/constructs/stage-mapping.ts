import { CfnEventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { createHash } from 'node:crypto';
import type { ResolvedMapping } from '../core/contract/resolved.ts';
import type { ClusterSource } from './cluster-source.ts';
import type { StageWiring } from './stage-wiring.ts';

type Properties = ConstructorParameters<typeof CfnEventSourceMapping>[2];
type Access = CfnEventSourceMapping.SourceAccessConfigurationProperty;

const scram = (secretArn: string): Access => ({ type: 'SASL_SCRAM_512_AUTH', uri: secretArn });

const sourceOf = (
  source: ClusterSource,
  consumerGroupId: string,
): Omit<Properties, 'functionName' | 'functionArn'> => {
  if (source.kind === 'msk')
    return {
      eventSourceArn: source.arn,
      amazonManagedKafkaEventSourceConfig: { consumerGroupId },
      ...(source.authentication === 'iam'
        ? {}
        : { sourceAccessConfigurations: [scram(source.authentication.secret.secretArn)] }),
    };
  const { network, secret } = source;
  return {
    selfManagedEventSource: { endpoints: { kafkaBootstrapServers: [...source.bootstrapServers] } },
    selfManagedKafkaEventSourceConfig: { consumerGroupId },
    sourceAccessConfigurations: [
      ...(network
        ? [
            ...network.vpc
              .selectSubnets(network.subnets)
              .subnetIds.map((id): Access => ({ type: 'VPC_SUBNET', uri: `subnet:${id}` })),
            ...network.securityGroups.map(({ securityGroupId }): Access => ({
              type: 'VPC_SECURITY_GROUP',
              uri: `security_group:${securityGroupId}`,
            })),
          ]
        : []),
      ...(secret ? [scram(secret.secretArn)] : []),
    ],
  };
};

const destinationOf = (
  { mapping, deadLetters }: StageWiring,
  failures: IBucket | undefined,
): Pick<Properties, 'destinationConfig'> => {
  // Only provisioned pollers write to a topic.
  if (mapping.onFailure === 'dead-letter-topic' && mapping.pollers)
    return { destinationConfig: { onFailure: { destination: `kafka://${deadLetters}` } } };
  return mapping.onFailure === 'bucket' && failures
    ? { destinationConfig: { onFailure: { destination: failures.bucketArn } } }
    : {};
};

/**
 * What Lambda offers only in provisioned mode; CloudFormation takes it without, and nothing of it happens.
 *
 * @see AWS Lambda developer guide, "kafka-retry-configurations"
 */
const provisionedOnly = (mapping: ResolvedMapping): Omit<Properties, 'functionName'> =>
  mapping.pollers
    ? {
        provisionedPollerConfig: { minimumPollers: mapping.pollers.min, maximumPollers: mapping.pollers.max },
        bisectBatchOnFunctionError: mapping.bisect,
        maximumRetryAttempts: mapping.retries,
        maximumRecordAgeInSeconds: mapping.maxAgeMs < 0 ? -1 : Math.round(mapping.maxAgeMs / 1_000),
        ...(mapping.partialResponses ? { functionResponseTypes: ['ReportBatchItemFailures'] } : {}),
      }
    : {};

/**
 * Lambda ignores another topic in an update and calls it a success; another logical id makes it another mapping.
 * The group belongs in it too, for it cannot be changed either.
 */
const identityOf = ({ source, group }: StageWiring): string =>
  createHash('sha256').update(`${source.length}:${source}${group}`).digest('hex').slice(0, 8);

/**
 * The mapping from a stage's topic to its function.
 *
 * `Enabled` is left out on purpose: a deployment must not start again what an operator has paused. A stage that moves to
 * another topic needs another group as well (`mapping.group`): Lambda refuses a second mapping of the same group, and
 * CloudFormation makes the new one before it deletes the old.
 */
export const stageMapping = (
  scope: Construct,
  target: IFunction,
  wiring: StageWiring,
  { source, failures }: { readonly source: ClusterSource; readonly failures: IBucket | undefined },
): CfnEventSourceMapping => {
  const { mapping } = wiring;
  return new CfnEventSourceMapping(scope, `Mapping${identityOf(wiring)}`, {
    functionName: target.functionArn,
    topics: [wiring.source],
    ...sourceOf(source, wiring.group),
    batchSize: mapping.batchSize,
    // Half a second is Lambda's own default for Kafka and cannot be written: the property counts whole seconds.
    ...(mapping.windowMs === 500 ? {} : { maximumBatchingWindowInSeconds: mapping.windowMs / 1_000 }),
    ...(mapping.startAt === null
      ? { startingPosition: 'TRIM_HORIZON' }
      : { startingPosition: 'AT_TIMESTAMP', startingPositionTimestamp: Date.parse(mapping.startAt) / 1_000 }),
    ...provisionedOnly(mapping),
    ...destinationOf(wiring, failures),
  });
};
