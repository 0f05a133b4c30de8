import {
  GetAccountSettingsCommand,
  LambdaClient,
  paginateListEventSourceMappings,
  type EventSourceMappingConfiguration,
} from '@aws-sdk/client-lambda';
import type { AccountExamination, MappingFacts } from '../../core/ports/aws-examination.ts';
import { answered } from './answered.ts';
import { clientOptions, type AwsIdentity } from './identity.ts';

const mappingOf = ({
  UUID = '',
  FunctionArn = '',
  State = 'unknown',
  AmazonManagedKafkaEventSourceConfig,
  SelfManagedKafkaEventSourceConfig,
}: EventSourceMappingConfiguration): readonly MappingFacts[] => {
  const group =
    AmazonManagedKafkaEventSourceConfig?.ConsumerGroupId ??
    SelfManagedKafkaEventSourceConfig?.ConsumerGroupId;
  return group === undefined ? [] : [{ id: UUID, functionArn: FunctionArn, state: State, group }];
};

/** Lambda's API. @see AWS Lambda API reference, "GetAccountSettings", "ListEventSourceMappings" */
export const openLambdaAccount = (identity: AwsIdentity): AccountExamination & { close(): void } => {
  const client = new LambdaClient(clientOptions(identity));
  return {
    account: () =>
      answered(async () => {
        const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}));
        const mappings = await answered(async () => {
          const found: MappingFacts[] = [];
          for await (const { EventSourceMappings = [] } of paginateListEventSourceMappings({ client }, {}))
            found.push(...EventSourceMappings.flatMap(mappingOf));
          return found;
        });
        return {
          concurrency: AccountLimit?.ConcurrentExecutions ?? 0,
          unreserved: AccountLimit?.UnreservedConcurrentExecutions ?? 0,
          mappings,
        };
      }),
    close: () => client.destroy(),
  };
};
