import type { Problem } from '../../errors.ts';
import { got } from '../form/form.ts';
import type { AnyTriggerOptions } from '../options.ts';
import type { ResolvedContract, ResolvedSource } from '../resolved.ts';
import type { StageView } from './stages-of.ts';

const kebab = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const contextName = /^[a-z][A-Za-z0-9]*(?:-[a-z0-9]+)*$/;
/** @see semver.org, "Is there a suggested regular expression" */
const semanticVersion =
  /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;
const kafkaName = /^[a-zA-Z0-9._-]+$/;
/** What Lambda allows in a consumer group id, less `:`. @see AWS Lambda API, AmazonManagedKafkaEventSourceConfig */
const groupName = /^[a-zA-Z0-9/*_+=.@-]+$/;

const longestPipeline = 63;
/** Kafka's limit for a topic's name. */
const longestTopic = 249;
/** Lambda's limit for a consumer group id. */
const longestGroup = 200;
/** What the deployment puts before a name: `{environment}.`. */
const environmentAllowance = 33;
const deadLetterSuffix = '.dlq'.length;

/** Whether a pipeline, and its folder, may be called so. */
export const isPipelineName = (name: string): boolean => kebab.test(name) && name.length <= longestPipeline;

const pipelineProblems = ({ pipeline, version, owner }: ResolvedContract): readonly Problem[] => {
  const problems: Problem[] = [];
  if (!isPipelineName(pipeline))
    problems.push({
      path: 'pipeline',
      got: got(pipeline),
      expected: `kebab-case, such as departure-delay, at most ${longestPipeline} characters`,
      fix: 'rename the pipeline, and its folder with it',
    });
  if (!semanticVersion.test(version))
    problems.push({
      path: 'version',
      got: got(version),
      expected: 'a semantic version, such as 1.0.0',
      fix: 'write major.minor.patch',
    });
  if (owner.trim() === '')
    problems.push({
      path: 'owner',
      got: got(owner),
      expected: 'the team that answers for the pipeline',
      fix: 'name the team that is called when it breaks',
    });
  return problems;
};

const createdName = (name: string, path: string): readonly Problem[] => {
  const parts = name.split('.');
  const longest = longestTopic - environmentAllowance - deadLetterSuffix;
  if (parts.length === 3 && parts.every((part) => kebab.test(part)) && name.length <= longest) return [];
  return [
    {
      path,
      got: got(name),
      expected: `{domain}.{entity}.{event-type}, three parts in kebab-case, at most ${longest} characters`,
      fix: 'rename it, without the environment, or use existingTopic(…) for a topic that somebody else created',
    },
  ];
};

const existingName = (name: string, path: string): readonly Problem[] => {
  const longest = longestTopic - deadLetterSuffix;
  if (kafkaName.test(name) && name !== '.' && name !== '..' && name.length <= longest) return [];
  return [
    {
      path,
      got: name.length > longest ? `a name of ${name.length} characters` : got(name),
      expected: `a name that Kafka allows: letters, digits, dot, underscore and hyphen, 1 to ${longest} of them, so that its dead letters fit in ${longestTopic}`,
      fix: 'write the name as the cluster lists it',
    },
  ];
};

const sourceName = (source: ResolvedSource, path: string, own: ReadonlySet<string>): readonly Problem[] => {
  const named = `${path}.name`;
  if (own.has(source.name))
    return [
      {
        path: named,
        got: got(source.name),
        expected: 'a topic that this pipeline does not write itself',
        fix: 'rename the topic or the pipeline: it would read its own output for ever',
      },
    ];
  return source.kind === 'created' ? createdName(source.name, named) : existingName(source.name, named);
};

const groupProblems = (stages: readonly StageView[]): readonly Problem[] => {
  const longest = longestGroup - environmentAllowance;
  const owners = new Map<string, string>();
  return stages.flatMap(({ path: stagePath, stage }) => {
    const { group } = stage.mapping;
    const path = `${stagePath}.mapping.group`;
    const problems: Problem[] = [];
    if (group.includes(':'))
      problems.push({
        path,
        got: got(group),
        expected: 'a group id without ":", which makes the lag metrics of Amazon MSK vanish',
        fix: 'use "." or "-" instead',
      });
    else if (!groupName.test(group) || group.length > longest)
      problems.push({
        path,
        got: group.length > longest ? `a group id of ${group.length} characters` : got(group),
        expected: `1 to ${longest} of the characters a-z A-Z 0-9 / * _ + = . @ -, which leaves room for the environment in Lambda's ${longestGroup}`,
        fix: 'shorten or rename it',
      });
    const other = owners.get(group);
    if (other === undefined) owners.set(group, stagePath);
    else
      problems.push({
        path,
        got: `${got(group)}, the group of ${other} too`,
        expected: 'a group of its own for every stage',
        fix: 'rename one of them, or leave both to their defaults',
      });
    return problems;
  });
};

const contextNames = (options: AnyTriggerOptions): readonly Problem[] =>
  Object.keys(options.context ?? {})
    .filter((name) => !contextName.test(name))
    .map((name) => ({
      path: `context.${name}`,
      got: got(name),
      expected: 'a name in kebab-case or camelCase, such as weather',
      fix: 'rename the context: it becomes part of a consumer group and of metrics',
    }));

/** Names that Kafka, Lambda or our own conventions (K1) do not allow. */
export const namingProblems = (
  options: AnyTriggerOptions,
  resolved: ResolvedContract,
  stages: readonly StageView[],
): readonly Problem[] => {
  const own = new Set([resolved.vectors.name, resolved.decisions.name, resolved.outcomes.name]);
  return [
    ...pipelineProblems(resolved),
    ...sourceName(resolved.source, 'source', own),
    ...contextNames(options),
    ...Object.entries(resolved.context).flatMap(([name, context]) =>
      sourceName(context.source, `context.${name}.source`, own),
    ),
    ...groupProblems(stages),
  ];
};
