import { App, Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { readFileSync } from 'node:fs';
import { ClusterSource } from '../../lib/constructs/cluster-source.ts';
import { FreshetPipeline, type FreshetPipelineProps } from '../../lib/constructs/freshet-pipeline.ts';
import { stageWirings, type StageWiring } from '../../lib/constructs/stage-wiring.ts';
import type { ResolvedContract, ResolvedMapping } from '../../lib/core/contract/resolved.ts';
import { temporaryFolder } from '../support/folder.ts';

/** The switches under which `cdk synth` works here. */
const cdkJson = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
  readonly context: Readonly<Record<string, unknown>>;
};

export const clusterArn = 'arn:aws:kafka:eu-west-1:111122223333:cluster/clicks/0a1b-2';
const msk = ClusterSource.msk({ arn: clusterArn, authentication: 'iam' });

type Props = Partial<Omit<FreshetPipelineProps, 'contract' | 'assets'>>;

/** CDK's own rules for templates, a finding of which fails a synthesis; a plain `npx cdk synth` does not ask for them. */
const ownRules = '@aws-cdk/core:validateAgainstDefaultRules';

/** A stack with one pipeline and assets of its own. */
export const stackOf = (
  contract: ResolvedContract,
  props: Props | ((stack: Stack) => Props) = {},
): { readonly app: App; readonly stack: Stack } => {
  const folder = temporaryFolder({ 'asset/index.mjs': 'export const handler = () => {};' });
  const app = new App({ outdir: `${folder}/cdk.out`, context: { ...cdkJson.context, [ownRules]: true } });
  const stack = new Stack(app, 'Stack');
  const assets = stageWirings(contract, 'test').map(({ name }) => ({
    name,
    folder: `${folder}/asset`,
    handler: 'index.handler' as const,
  }));
  new FreshetPipeline(stack, 'Pipeline', {
    contract,
    assets,
    source: msk,
    params: {},
    environment: 'test',
    ...(typeof props === 'function' ? props(stack) : props),
  });
  return { app, stack };
};

export const templateOf = (...args: Parameters<typeof stackOf>): Template =>
  Template.fromStack(stackOf(...args).stack);

/** Synthesizes under cdk-nag's checks and CDK's own rules. @throws where one finds something that nobody acknowledged */
export const synthesizeChecked = (app: App): void => {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  app.synth();
};

/** The contract with other mappings in every stage. */
export const withMappings = (
  contract: ResolvedContract,
  different: Partial<ResolvedMapping>,
): ResolvedContract => {
  const changed = <Staged extends { readonly mapping: ResolvedMapping }>(stage: Staged): Staged => ({
    ...stage,
    mapping: { ...stage.mapping, ...different },
  });
  return {
    ...contract,
    context: Object.fromEntries(
      Object.entries(contract.context).map(([name, stage]) => [name, changed(stage)]),
    ),
    features: changed(contract.features),
    inference: changed(contract.inference),
    action: changed(contract.action),
  };
};

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}

export const resourcesOf = (template: Template, type: string): Readonly<Record<string, Resource>> =>
  template.findResources(type) as Readonly<Record<string, Resource>>;

/** An intrinsic function as text, so that values can be compared and read: `${Ref:X}`, `${GetAtt:X.Arn}`. */
export const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
  if (others.length === 0 && name === 'Ref') return `\${${String(argument)}}`;
  if (others.length === 0 && name === 'Fn::GetAtt') return `\${${(argument as string[]).join('.')}}`;
  if (others.length === 0 && name === 'Fn::Join')
    return ((argument as [string, unknown[]])[1].map(plain) as string[]).join((argument as [string])[0]);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
};

export interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Effect: string;
}

/** A stage as it stands in a template: found by its topic, through its mapping. */
export interface SynthesizedStage {
  readonly wiring: StageWiring;
  readonly mapping: Readonly<Record<string, unknown>>;
  readonly function: Readonly<Record<string, unknown>>;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly statements: readonly Statement[];
  /** Logical id of the mapping: only to be compared with another. */
  readonly mappingId: string;
}

const referenced = (value: unknown): string => /\$\{([A-Za-z0-9]+)/.exec(String(plain(value)))?.[1] ?? '';

export const stagesOf = (contract: ResolvedContract, template: Template): readonly SynthesizedStage[] =>
  stageWirings(contract, 'test').map((wiring) => {
    const [mappingId, mapping] = Object.entries(
      resourcesOf(template, 'AWS::Lambda::EventSourceMapping'),
    ).find(([, { Properties }]) =>
      JSON.stringify(Properties).includes(`"ConsumerGroupId":"${wiring.group}"`),
    ) ?? ['', undefined];
    const properties = resourcesOf(template, 'AWS::Lambda::Function')[
      referenced(mapping?.Properties['FunctionName'])
    ]?.Properties;
    if (!mapping || !properties) throw new Error(`no mapping with a function for ${wiring.name}`);
    const role = referenced(properties['Role']);
    const policies = Object.values(resourcesOf(template, 'AWS::IAM::Policy')).filter(({ Properties }) =>
      (Properties['Roles'] as unknown[]).some((each) => referenced(each) === role),
    );
    const environment = properties['Environment'] as {
      readonly Variables: Readonly<Record<string, unknown>>;
    };
    return {
      wiring,
      mappingId,
      mapping: mapping.Properties,
      function: properties,
      variables: environment.Variables,
      statements: policies.flatMap(
        ({ Properties }) =>
          (Properties['PolicyDocument'] as { readonly Statement: readonly Statement[] }).Statement,
      ),
    };
  });

/** `action → resources`, of the statements of one service. */
export const grantsOf = (
  { statements }: SynthesizedStage,
  service: string,
): Readonly<Record<string, readonly string[]>> => {
  const grants: Record<string, string[]> = {};
  for (const { Action, Resource } of statements)
    for (const action of [Action].flat().filter((each) => each.startsWith(`${service}:`)))
      grants[action] = [...(grants[action] ?? []), ...([plain(Resource)].flat() as string[])].toSorted();
  return grants;
};
