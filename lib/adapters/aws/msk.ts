import {
  DescribeClusterV2Command,
  GetBootstrapBrokersCommand,
  KafkaClient,
  type Cluster,
  type Provisioned,
  type Serverless,
} from '@aws-sdk/client-kafka';
import type { MskExamination, MskFacts } from '../../core/ports/aws-examination.ts';
import type { Answered } from '../../core/ports/examination.ts';
import { answered } from './answered.ts';
import { clientOptions, type AwsIdentity } from './identity.ts';

const provisionedFacts = ({
  ClientAuthentication,
  EncryptionInfo,
  BrokerNodeGroupInfo,
  NumberOfBrokerNodes,
  CurrentBrokerSoftwareInfo,
}: Provisioned): Omit<MskFacts, 'name' | 'state' | 'bootstrap'> => ({
  kind: 'provisioned',
  kafkaVersion: CurrentBrokerSoftwareInfo?.KafkaVersion,
  instanceType: BrokerNodeGroupInfo?.InstanceType,
  brokers: NumberOfBrokerNodes,
  authentication: [
    ...(ClientAuthentication?.Sasl?.Iam?.Enabled === true ? (['iam'] as const) : []),
    ...(ClientAuthentication?.Sasl?.Scram?.Enabled === true ? (['scram'] as const) : []),
    ...(ClientAuthentication?.Tls?.Enabled === true ? (['tls'] as const) : []),
    ...(ClientAuthentication?.Unauthenticated?.Enabled === true ? (['none'] as const) : []),
  ],
  encryption: EncryptionInfo?.EncryptionInTransit?.ClientBroker ?? 'TLS',
});

/** Serverless has no versions, and its listeners are all encrypted. */
const serverlessFacts = ({
  ClientAuthentication,
}: Serverless): Omit<MskFacts, 'name' | 'state' | 'bootstrap'> => ({
  kind: 'serverless',
  kafkaVersion: undefined,
  instanceType: undefined,
  brokers: undefined,
  authentication: ClientAuthentication?.Sasl?.Iam?.Enabled === true ? ['iam'] : [],
  encryption: 'TLS',
});

const factsOf = (
  { ClusterName = '', State, Provisioned: provisioned, Serverless: serverless }: Cluster,
  bootstrap: Answered<readonly string[]>,
): MskFacts => ({
  name: ClusterName,
  state: State ?? 'unknown',
  bootstrap,
  ...(provisioned === undefined
    ? serverlessFacts(serverless ?? { VpcConfigs: [] })
    : provisionedFacts(provisioned)),
});

/** Amazon MSK's API. @see Amazon MSK API reference, "DescribeClusterV2", "GetBootstrapBrokers" */
export const openMsk = (identity: AwsIdentity): MskExamination & { close(): void } => {
  const client = new KafkaClient(clientOptions(identity));
  const bootstrapOf = (arn: string): Promise<Answered<readonly string[]>> =>
    answered(async () => {
      const { $metadata: _, ...listeners } = await client.send(
        new GetBootstrapBrokersCommand({ ClusterArn: arn }),
      );
      return Object.values(listeners)
        .flatMap((addresses) => addresses?.split(',') ?? [])
        .toSorted();
    });
  return {
    cluster: (arn) =>
      answered(async () => {
        const { ClusterInfo } = await client.send(new DescribeClusterV2Command({ ClusterArn: arn }));
        return factsOf(ClusterInfo ?? {}, await bootstrapOf(arn));
      }),
    close: () => client.destroy(),
  };
};
