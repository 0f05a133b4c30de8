import { runInNewContext } from 'node:vm';
import { Type, type TSchema } from 'typebox';
import type { SampleLine } from '../../lib/new/read-sample.ts';
import { schemaText } from '../../lib/new/schema-text.ts';
import { shapeOf, type Shape } from '../../lib/new/shape.ts';

/** Events as lines of a sample. */
export const sampleLines = (...events: readonly object[]): readonly SampleLine[] =>
  events.map((event, index) => ({
    line: index + 1,
    event: event as SampleLine['event'],
    text: JSON.stringify(event),
  }));

export const shapeOfLines = (lines: readonly SampleLine[]): Shape =>
  shapeOf(lines.map(({ event, line }) => ({ value: event, line })));

/** What the text of a schema says, run as code. */
export const schemaOf = (shape: Shape): TSchema => {
  const code = schemaText(shape, 'Observed').join('\n').replaceAll('export const', 'const');
  return runInNewContext(`${code}\nObserved`, { Type }) as TSchema;
};
