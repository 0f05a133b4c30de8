import { Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib/core';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { payloadRetentionDays } from '../core/contract/payloads.ts';
import type { ResolvedContract, StageName } from '../core/contract/resolved.ts';
import type { Trigger } from '../core/contract/trigger.ts';
import { ConfigError, type Problem } from '../core/errors.ts';
import type { Param } from '../core/stages/action.ts';
import { closedBucket } from './closed-bucket.ts';
import type { ClusterSource } from './cluster-source.ts';
import type { TableName } from '../core/contract/tables.ts';
import { PipelineTables } from './pipeline-tables.ts';
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
  /**
   * Address of the schema registry, without credentials; `'none'` where the mappings decode all values to JSON.
   * Required where the contract has a source that is `avro()` or `protobuf()`.
   *
   * @default none: every source is JSON
   */
  readonly registry?: string;
  /** The deployment's name: it goes before created topics and groups (K1). Lower case letters, digits and `-`. */
  readonly environment: string;
}

/** How long a version of a payload is kept that was deleted or written over by hand. */
const restorableDays = 30;

const constructIdOf = (name: StageName): string =>
  name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

const reserved = /^(?:FRESHET_|AWS_|LAMBDA_|NODE_OPTIONS$)/;

const registryProblems = (
  wirings: readonly StageWiring[],
  registry: string | undefined,
): readonly Problem[] => {
  const asking = wirings.filter(({ asksRegistry }) => asksRegistry);
  const problem = (got: string, expected: string, fix: string): readonly Problem[] => [
    { path: 'registry', got, expected, fix },
  ];
  if (registry === undefined || registry === '') {
    const topics = asking.map(({ source }) => source).join(', ');
    return asking.length === 0
      ? []
      : problem(
          'nothing',
          `the schema registry's address: ${topics} cannot be read without`,
          "give it, or 'none' where the mapping decodes all values",
        );
  }
  if (Token.isUnresolved(registry) || registry === 'none') return [];
  const url = URL.parse(registry);
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
    return problem(
      'a text that is no address',
      "an address, such as 'https://registry.example.com', or 'none'",
      'write it with its scheme',
    );
  // A template is read by many.
  return url.username === '' && url.password === ''
    ? []
    : problem(
        'an address with credentials in it',
        'an address without',
        'use a registry that trusts the network',
      );
};

const problemsOf = (
  environment: string,
  wirings: readonly StageWiring[],
  assets: readonly StageAsset[],
  params: Readonly<Record<string, string>>,
  registry: string | undefined,
): readonly Problem[] => [
  ...registryProblems(wirings, registry),
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
    const problems = problemsOf(environment, wirings, assets, params, props.registry);
    if (problems.length > 0)
      throw new ConfigError('ENVIRONMENT_INVALID', {
        message: `${contract.pipeline} cannot be deployed:`,
        problems,
      });
    const key = this.#key(contract.pipeline, environment);
    const names = new Set(wirings.flatMap(({ tables }) => Object.keys(tables) as TableName[]));
    const tables = new PipelineTables(this, 'Tables', { names: [...names], key });
    const needsBucket = wirings.some(({ mapping }) => mapping.onFailure === 'bucket');
    // Whole batches that a mapping gave up on.
    const failures = needsBucket ? closedBucket(this, 'Failures', key, { writtenBy: 'Lambda' }) : undefined;
    const payloads = contract.largePayloads === 'bucket' ? this.#payloads(key, contract) : undefined;
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
          payloads,
          registry: props.registry,
          params: wiring.name === 'action' ? params : {},
        });
        return [[wiring.name, stage.function]];
      }),
    );
  }

  /** One key for all that this pipeline keeps, so that one grant less opens nothing else. */
  #key(pipeline: string, environment: string): Key {
    const key = new Key(this, 'Key', {
      description: `Freshet ${pipeline} (${environment}): tables, logs, payloads and failed batches`,
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

  /** What is too large for the ledgers' items: an object is forgotten after every item that points to it, orphans with the rest. */
  #payloads(encryptionKey: Key, contract: ResolvedContract): Bucket {
    return closedBucket(this, 'Payloads', encryptionKey, {
      writtenBy: 'the stages',
      lifecycleRules: [
        {
          expiration: Duration.days(payloadRetentionDays(contract)),
          noncurrentVersionExpiration: Duration.days(restorableDays),
        },
      ],
    });
  }
}
