import { UsageError } from '../core/errors.ts';
import { kafkaAddress, type KafkaAddress } from '../local/kafka-address.ts';
import type { DynamoAddress } from '../local/platform.ts';
import { invalidOption, text } from './option.ts';

/** Options of every command that works on a pipeline, wherever its log and its stores are. */
export const platformOptions = {
  bootstrap: text('servers', 'a Kafka cluster, host:port of some of its brokers (default: the embedded log)'),
  auth: text('how', 'to authenticate to the brokers: tls, iam:<region>, properties:<file>, variables'),
  dynamodb: text('url', 'stores in DynamoDB: an endpoint, or `aws` (default: embedded stores)'),
  region: text('name', 'of AWS, where no address names one (default: AWS_REGION)'),
  profile: text('name', 'of AWS, for brokers and DynamoDB (default: its own provider chain)'),
};

/** What was given of them. */
export interface PlatformChoice {
  readonly bootstrap: string | undefined;
  readonly auth: string | undefined;
  readonly dynamodb: string | undefined;
  readonly region: string | undefined;
  readonly profile: string | undefined;
}

/** The options again, for a command to try next. */
export const platformFlags = (choice: PlatformChoice): readonly string[] =>
  (['bootstrap', 'auth', 'dynamodb', 'region', 'profile'] as const).flatMap((name) => {
    const value = choice[name];
    return value === undefined ? [] : [`--${name}`, value];
  });

/** @throws {UsageError} for addresses that are none, or an authentication that is none */
export const kafkaOf = ({ bootstrap, auth, region, profile }: PlatformChoice): KafkaAddress | undefined =>
  bootstrap === undefined ? undefined : kafkaAddress(bootstrap, auth ?? 'none', { region, profile });

/** @throws {UsageError} for what is neither an endpoint nor `aws`, or a region that nobody names */
export const dynamoOf = ({ dynamodb, region, profile }: PlatformChoice): DynamoAddress | undefined => {
  if (dynamodb === undefined) return undefined;
  const isAws = dynamodb === 'aws';
  if (!isAws && !/^https?:\/\/[^/\s]+\/?$/.test(dynamodb))
    throw invalidOption(
      '--dynamodb',
      dynamodb,
      'an endpoint such as http://127.0.0.1:8000, or aws',
      'start one with `npm run up`, which prints its address',
    );
  const named = region ?? process.env['AWS_REGION'] ?? (isAws ? undefined : 'us-east-1');
  if (named === undefined)
    throw new UsageError('USAGE', {
      message:
        'got --dynamodb aws and no region, expected one. Fix: write --region eu-central-1, or set AWS_REGION.',
    });
  return { endpoint: isAws ? undefined : dynamodb, region: named, profile };
};
