import { Duration, Validations } from 'aws-cdk-lib/core';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { BuiltStage } from '../build/bundle-stage.ts';
import { logAddress, logAuthentication, type ClusterSource } from './cluster-source.ts';
import type { TableName } from '../core/contract/tables.ts';
import type { PipelineTables } from './pipeline-tables.ts';
import { stageMapping } from './stage-mapping.ts';
import { grantStage } from './stage-permissions.ts';
import type { StageWiring } from './stage-wiring.ts';

/** A bundled stage, as `buildPipeline` gives it. */
export type StageAsset = Pick<BuiltStage, 'name' | 'folder' | 'handler'>;

export interface StageFunctionProps {
  readonly environment: string;
  readonly pipeline: string;
  readonly wiring: StageWiring;
  readonly asset: StageAsset;
  readonly source: ClusterSource;
  readonly tables: PipelineTables;
  readonly key: IKey;
  readonly failures: Bucket | undefined;
  /** For what is too large for items, where the contract says so. */
  readonly payloads: Bucket | undefined;
  /** Address of the schema registry; set where the stage asks for one. */
  readonly registry: string | undefined;
  /** The action's parameters; none for the other stages. */
  readonly params: Readonly<Record<string, string>>;
}

/** `dynamodb:<port>=<table>,…`: the tables of the ports that this stage opens. */
const storeAddress = (tables: PipelineTables, wiring: StageWiring): string =>
  `dynamodb:${Object.keys(wiring.tables)
    .map((name) => `${name}=${tables.table(name as TableName).tableName}`)
    .join(',')}`;

/** One stage in an account: its function, log group, role and event source mapping. */
export class StageFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: StageFunctionProps) {
    super(scope, id);
    const { wiring, source, tables, key, failures, payloads } = props;
    const logGroup = new LogGroup(this, 'Logs', { retention: RetentionDays.ONE_MONTH, encryptionKey: key });
    // A role of our own: the one that CDK makes comes with managed policies, which reach further than one stage.
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    grantStage({ role, wiring, source, tables, key, logGroup, failures, payloads });
    const { network } = source;
    this.function = new LambdaFunction(this, 'Function', {
      description: `${props.pipeline} ${wiring.name} (${props.environment})`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(props.asset.folder),
      handler: props.asset.handler,
      timeout: Duration.millis(wiring.mapping.timeoutMs),
      memorySize: 512,
      tracing: Tracing.ACTIVE,
      logGroup,
      role,
      ...(network
        ? {
            vpc: network.vpc,
            ...(network.subnets ? { vpcSubnets: network.subnets } : {}),
            securityGroups: [...network.securityGroups],
          }
        : {}),
      environmentEncryption: key,
      environment: {
        ...props.params,
        FRESHET_ENVIRONMENT: props.environment,
        FRESHET_PIPELINE: props.pipeline,
        // The same value asks the mapping for partial responses: the two can never disagree.
        FRESHET_RESPONSE: wiring.mapping.partialResponses && wiring.mapping.pollers ? 'partial' : 'throw',
        FRESHET_LOG: logAddress(source),
        FRESHET_LOG_AUTH: logAuthentication(source),
        FRESHET_STORE: storeAddress(tables, wiring),
        ...(wiring.asksRegistry && props.registry !== undefined ? { FRESHET_REGISTRY: props.registry } : {}),
        ...(wiring.payloads !== null && payloads ? { FRESHET_PAYLOADS: `s3:${payloads.bucketName}` } : {}),
        NODE_OPTIONS: '--enable-source-maps',
      },
    });
    Validations.of(this.function).acknowledge({
      id: 'Serverless::Serverless-LambdaDLQ',
      reason:
        'A dead letter target serves asynchronous invocations; here the mapping has an on-failure destination.',
    });
    const mapping = stageMapping(this, this.function, wiring, { source, failures });
    // Lambda checks the role's rights when it makes the mapping.
    mapping.node.addDependency(role);
  }
}
