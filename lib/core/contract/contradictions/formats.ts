import type { Problem } from '../../errors.ts';
import { got } from '../form/form.ts';
import type { WireFormat } from '../formats.ts';
import { topicIn, type ResolvedContract, type ResolvedSource } from '../resolved.ts';

const messageName = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;

/** A format as its author wrote it. */
const written = (format: WireFormat): string => {
  if (format.format !== 'protobuf') return `${format.format}()`;
  return format.message === null ? 'protobuf()' : `protobuf({ message: ${got(format.message)} })`;
};

const messageProblems = ({ format }: ResolvedSource, path: string): readonly Problem[] =>
  format.format !== 'protobuf' || format.message === null || messageName.test(format.message)
    ? []
    : [
        {
          path: `${path}.format.message`,
          got: got(format.message),
          expected: 'the full name of a message, such as shop.v1.Order, without a dot before it',
          fix: 'write the package and the name, or leave it out to take whichever message a value says it is',
        },
      ];

/** A message that cannot be one, and a topic that would be read in two ways. */
export const formatProblems = ({ source, context }: ResolvedContract): readonly Problem[] => {
  const sources: readonly (readonly [path: string, source: ResolvedSource])[] = [
    ['source', source],
    ...Object.entries(context).map(([name, each]) => [`context.${name}.source`, each.source] as const),
  ];
  const first = new Map<string, readonly [path: string, format: string]>();
  return sources.flatMap(([path, each]) => {
    const problems = [...messageProblems(each, path)];
    const topic = topicIn('', each);
    const format = written(each.format);
    const [other, known] = first.get(topic) ?? [path, format];
    first.set(topic, [other, known]);
    if (known !== format)
      problems.push({
        path: `${path}.format`,
        got: `${format}, and ${known} for the same topic at ${other}`,
        expected: 'one format for a topic: its values are written in one',
        fix: 'write the same format in both places',
      });
    return problems;
  });
};
