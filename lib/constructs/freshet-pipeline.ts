import { RemovalPolicy, Stack, Token, Validations } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { ResolvedContract, StageName } from '../core/contract/resolved.ts';
import type { Trigger } from '../core/contract/trigger.ts';
import { ConfigError, type Problem } from '../core/errors.ts';
import type { Param } from '../core/stages/action.ts';
import type { ClusterSource } from './cluster-source.ts';
import { PipelineTables, type TableName } from './pipeline-tables.ts';
import { StageFunction, type StageAsset } from './stage-function.ts';
import { stageWirings, type StageWiring } from './stage-wiring.ts';

/**
 * The parameters that an action asks for, by name: `ParamsOf<typeof action>`, with `import type { action }`,
 * for loading the file itself would start a handler.
 */
export type ParamsOf<Action> = Action extends {
  readonly via: { readonly params: readonly Param<infer Name>[] };
}
  ? Readonly<Record<Name, string>>
  : never;

/** An action whose parameters nobody knows before the program runs. */
interface AnyAction {
  readonly via: { readonly params: readonly Param[] };
}

export interface FreshetPipelineProps<Action = AnyAction> {
  readonly contract: Trigger | ResolvedContract;
  /** The bundled stages: `(await buildPipeline(…)).stages`, made before the App, for constructs cannot wait. */
  readonly assets: readonly StageAsset[];
  /** The cluster to read from and write to. Its topics exist already: a later version creates them. */
  readonly source: ClusterSource;
  /** What the action asks for, as environment variables of its function. Secrets by ARN only. */
  readonly params: ParamsOf<Action>;
  /** The deployment's name: it goes before created topics and groups (K1). Lower case letters, digits and `-`. */
  readonly environment: string;
}

const constructIdOf = (name: StageName): string =>
  name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

const reserved = /^(?:FRESHET_|AWS_|LAMBDA_|NODE_OPTIONS$)/;

const problemsOf = (
  environment: string,
  wirings: readonly StageWiring[],
  assets: readonly StageAsset[],
  params: Readonly<Record<string, string>>,
): readonly Problem[] => [
  ...(Token.isUnresolved(environment) || !/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(environment)
    ? [
        {
          path: 'environment',
          got: Token.isUnresolved(environment) ? 'a value known only at deployment' : `'${environment}'`,
          expected: 'lower case letters, digits and single hyphens, beginning with a letter',
          fix: "name the deployment, such as 'dev' or 'prod'",
        },
      ]
    : []),
  ...wirings
    .filter(({ name }) => !assets.some((asset) => asset.name === name))
    .map(({ name }) => ({
      path: 'assets',
      got: assets.map((asset) => asset.name).join(', ') || 'none',
      expected: `one for ${name}`,
      fix: 'pass the stages of buildPipeline for this contract',
    })),
  ...Object.keys(params)
    .filter((name) => reserved.test(name))
    .map((name) => ({
      path: `params.${name}`,
      got: 'a name that belongs to the engine or to Lambda',
      expected: 'a name of your own',
      fix: 'rename the parameter in action.ts',
    })),
];

/**
 * A pipeline in an account: a function, a role, a log group and an event source mapping for each stage, and the tables
 * they share.
 *
 * This first version leaves to later ones: the adapters that serve `FRESHET_LOG=kafka:…` and `FRESHET_STORE=dynamodb:…`
 * (until then a deployed function ends at cold start and says so), topics and their rights as code, alarms and dashboard,
 * the operator function, endpoints of the VPC, and gradual deployment.
 */
export class FreshetPipeline<Action = AnyAction> extends Construct {
  /** By stage. */
  readonly functions: Readonly<Record<string, LambdaFunction>>;

  /** @throws {ConfigError} `ENVIRONMENT_INVALID` with everything that does not fit, at once */
  constructor(scope: Construct, id: string, props: FreshetPipelineProps<Action>) {
    super(scope, id);
    const { assets, source, environment } = props;
    const contract = 'resolved' in props.contract ? props.contract.resolved : props.contract;
    // What an unknown action asks for is a record of names too; only its names are not known here.
    const params: Readonly<Record<string, string>> = props.params;
    const wirings = stageWirings(contract, environment);
    const problems = problemsOf(environment, wirings, assets, params);
    if (problems.length > 0)
      throw new ConfigError('ENVIRONMENT_INVALID', {
        message: `${contract.pipeline} cannot be deployed:`,
        problems,
      });
    const key = this.#key(contract.pipeline, environment);
    const names = new Set(wirings.flatMap(({ tables }) => Object.keys(tables) as TableName[]));
    const tables = new PipelineTables(this, 'Tables', { names: [...names], key });
    const needsBucket = wirings.some(({ mapping }) => mapping.onFailure === 'bucket');
    const failures = needsBucket ? this.#failures(key) : undefined;
    this.functions = Object.fromEntries(
      wirings.flatMap((wiring) => {
        const asset = assets.find(({ name }) => name === wiring.name);
        if (!asset) return [];
        const stage = new StageFunction(this, constructIdOf(wiring.name), {
          environment,
          pipeline: contract.pipeline,
          wiring,
          asset,
          source,
          tables,
          key,
          failures: wiring.mapping.onFailure === 'bucket' ? failures : undefined,
          params: wiring.name === 'action' ? params : {},
        });
        return [[wiring.name, stage.function]];
      }),
    );
  }

  /** One key for all that this pipeline keeps, so that one grant less opens nothing else. */
  #key(pipeline: string, environment: string): Key {
    const key = new Key(this, 'Key', {
      description: `Freshet ${pipeline} (${environment}): tables, logs and failed batches`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const { region, partition, account } = Stack.of(this);
    // CloudWatch Logs uses a key only as far as the key's own policy lets it: for log groups of this account.
    key.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
        actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*`,
          },
        },
      }),
    );
    return key;
  }

  /** Whole batches that a mapping gave up on: payloads, so encrypted and closed. */
  #failures(encryptionKey: Key): Bucket {
    const bucket = new Bucket(this, 'Failures', {
      encryption: BucketEncryption.KMS,
      encryptionKey,
      bucketKeyEnabled: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions::AwsSolutions-S1',
      reason:
        'Written by Lambda alone; who reads it is in CloudTrail data events, and an access log bucket would need one of its own.',
    });
    return bucket;
  }
}
