import { Annotations, App, CfnParameter, CfnResource, Stack, Validations } from 'aws-cdk-lib';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { BuiltPipeline } from '../lib/build/build-pipeline.ts';
import { noPipelines } from '../lib/build/discover.ts';
import { ClusterSource, type ClusterNetwork } from '../lib/constructs/cluster-source.ts';
import { FreshetPipeline } from '../lib/constructs/freshet-pipeline.ts';
import { stageWirings } from '../lib/constructs/stage-wiring.ts';
import { ConfigError } from '../lib/core/errors.ts';

/**
 * The CDK app: one stack for each pipeline under functions/. What differs between deployments comes from CDK context
 * (`-c name=value`, or cdk.json); what is missing there becomes a parameter of the stack, asked for at deployment.
 *
 * - `environment`: the deployment's name. Default: dev
 * - `clusterArn`: an MSK cluster with IAM; or `bootstrapServers`: brokers of any other, comma-separated
 * - `vpcId`, `subnetIds`, `securityGroupIds` (comma-separated): where functions stand to reach the brokers
 * - `registry`: the schema registry's address, where a contract has sources in Avro or Protobuf
 * - `param:<NAME>`, or `param:<pipeline>:<NAME>`: a parameter of an action
 */
const textFrom = (scope: App | Stack, name: string): string | undefined => {
  const value: unknown = scope.node.tryGetContext(name);
  return typeof value === 'string' && value !== '' ? value : undefined;
};

const listFrom = (scope: App | Stack, name: string): readonly string[] =>
  textFrom(scope, name)
    ?.split(',')
    .map((item) => item.trim()) ?? [];

const networkFrom = (stack: Stack): ClusterNetwork | undefined => {
  const vpcId = textFrom(stack, 'vpcId');
  if (vpcId === undefined) return undefined;
  const subnetIds = listFrom(stack, 'subnetIds');
  const securityGroupIds = listFrom(stack, 'securityGroupIds');
  const missing = [
    ...(subnetIds.length === 0 ? ['subnetIds'] : []),
    ...(securityGroupIds.length === 0 ? ['securityGroupIds'] : []),
  ];
  if (missing.length > 0)
    throw new ConfigError('ENVIRONMENT_INVALID', {
      message: 'the network is half described:',
      problems: missing.map((name) => ({
        path: name,
        got: 'nothing beside vpcId',
        expected: 'ids, comma-separated',
        fix: `add -c ${name}=…`,
      })),
    });
  const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId,
    // A function's subnets are named by their ids alone; the zones only have to be as many.
    availabilityZones: subnetIds.map((_, index) => `zone-${index + 1}`),
    privateSubnetIds: [...subnetIds],
  });
  Validations.of(vpc).acknowledge({
    id: 'Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId',
    reason: 'Nothing here adds routes to these subnets.',
  });
  return {
    vpc,
    securityGroups: securityGroupIds.map((groupId, index) =>
      SecurityGroup.fromSecurityGroupId(stack, `SecurityGroup${index + 1}`, groupId),
    ),
  };
};

const sourceFrom = (stack: Stack): ClusterSource => {
  const network = networkFrom(stack);
  const bootstrapServers = listFrom(stack, 'bootstrapServers');
  if (textFrom(stack, 'clusterArn') === undefined && bootstrapServers.length > 0)
    return ClusterSource.selfManaged({ bootstrapServers, ...(network ? { network } : {}) });
  if (network === undefined)
    Annotations.of(stack).addWarningV2(
      'freshet:no-network',
      'the functions stand in no VPC and reach only public brokers. Fix: add -c vpcId=… -c subnetIds=… -c securityGroupIds=…',
    );
  const arn =
    textFrom(stack, 'clusterArn') ??
    new CfnParameter(stack, 'ClusterArn', {
      description: 'ARN of the MSK cluster, which authenticates by IAM',
      allowedPattern: '^arn:[a-z-]+:kafka:[^:]+:\\d{12}:cluster/[^/]+/[^/]+$',
    }).valueAsString;
  return ClusterSource.msk({ arn, authentication: 'iam', ...(network ? { network } : {}) });
};

const paramsFrom = (stack: Stack, { contract, params }: BuiltPipeline): Readonly<Record<string, string>> =>
  Object.fromEntries(
    params.map((name) => [
      name,
      textFrom(stack, `param:${contract.pipeline}:${name}`) ??
        textFrom(stack, `param:${name}`) ??
        new CfnParameter(stack, name.replaceAll(/[^A-Za-z0-9]/g, ''), {
          description: `${name} of the action of ${contract.pipeline}`,
          minLength: 1,
        }).valueAsString,
    ]),
  );

const registryFrom = (
  stack: Stack,
  contract: BuiltPipeline['contract'],
  environment: string,
): { readonly registry?: string } => {
  if (!stageWirings(contract, environment).some(({ asksRegistry }) => asksRegistry)) return {};
  return {
    registry:
      textFrom(stack, 'registry') ??
      new CfnParameter(stack, 'Registry', {
        description: 'Address of the schema registry, or none where the mappings decode all values',
        allowedPattern: '^(https?://[^@]+|none)$',
      }).valueAsString,
  };
};

/** The feature flag of CDK's own rules for templates: `npm run synth` sets it. */
const ownRules = '@aws-cdk/core:validateAgainstDefaultRules';

/** Each rule loads its service's constructs when it looks at a first resource: here at one of nobody's, while handlers are built. */
const loadRules = (): void => {
  const stack = new Stack(new App({ autoSynth: false }), 'Any');
  new CfnResource(stack, 'Any', { type: 'AWS::CloudFormation::WaitConditionHandle' });
  for (const rules of [new AwsSolutionsChecks(), new ServerlessChecks()]) rules.validateScope(stack);
};

/** @throws {ConfigError} what `built` throws, or `ENVIRONMENT_INVALID` for a context that contradicts itself */
const stacksOf = async (built: Promise<readonly BuiltPipeline[]>): Promise<void> => {
  loadRules();
  const pipelines = await built;
  // The toolkit then ends with 1, and says only that there are no stacks.
  if (pipelines.length === 0) console.error(noPipelines);
  const app = new App();
  // They load an engine of theirs, also where their findings are mere warnings; and this is CDK's own switch.
  if (String(app.node.tryGetContext(ownRules)) !== 'true') process.env['CDK_VALIDATION'] = 'false';
  const environment = textFrom(app, 'environment') ?? 'dev';
  for (const pipeline of pipelines) {
    const { contract, stages } = pipeline;
    const stack = new Stack(app, `${environment}-${contract.pipeline}`, {
      description: `Freshet: ${contract.pipeline} ${contract.version}, owned by ${contract.owner}`,
      tags: { 'freshet:pipeline': contract.pipeline, 'freshet:owner': contract.owner },
    });
    for (const warning of contract.warnings) Annotations.of(stack).addWarningV2('freshet:contract', warning);
    new FreshetPipeline(stack, 'Pipeline', {
      contract,
      assets: stages,
      source: sourceFrom(stack),
      params: paramsFrom(stack, pipeline),
      ...registryFrom(stack, contract, environment),
      environment,
    });
  }
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
};

/** The whole app, once its handlers are built; ends the process with what is wrong. */
export const synthesize = async (built: Promise<readonly BuiltPipeline[]>): Promise<void> => {
  try {
    await stacksOf(built);
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    console.error(thrown.message);
    // At once: an App that is left alone synthesizes what it has when the process ends.
    process.exit(1);
  }
};
