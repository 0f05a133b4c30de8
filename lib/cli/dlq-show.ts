import { strictTextOf, type Header } from '../core/record.ts';
import { findLetter } from '../ops/letters/find-letter.ts';
import { listLetters } from '../ops/letters/list-letters.ts';
import { planRedrive } from '../ops/letters/redrive.ts';
import { defineCommand, required } from './command.ts';
import { deploymentOptions, withDeployment } from './deployment.ts';
import { exitCode } from './exit-code.ts';
import { letterRow } from './letter-options.ts';
import { flag } from './option.ts';
import { pipelineArgument } from './pipeline-options.ts';
import { printRecord, recordFormat } from './record-view.ts';
import { standingText } from './standing-text.ts';

const shown = (bytes: Uint8Array | null): unknown => {
  if (bytes === null) return null;
  const text = strictTextOf(bytes);
  if (text === undefined) return `base64:${Buffer.from(bytes).toString('base64')}`;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

const hidden = (bytes: Uint8Array | null): string =>
  bytes === null ? 'none' : `${bytes.length} bytes; --reveal shows it`;

const headersOf = (headers: readonly Header[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(headers.map(({ name, value }) => [name, shown(value)]));

export const dlqShow = defineCommand({
  metadata: {
    name: 'dlq show',
    summary: 'show one dead letter, and whether it can be redriven',
    examples: ['freshet dlq show features/3/1021', 'freshet dlq show action/0/17#1 --reveal'],
  },
  args: { letter: required('its name as listed, or its id'), pipeline: pipelineArgument },
  options: {
    reveal: flag('show key, value and headers; without, only their size'),
    ...deploymentOptions,
    output: recordFormat,
  },
  handler: async ({ args, options }, { root, terminal }) =>
    withDeployment({ root, name: args.pipeline, ...options }, async ({ deployment }) => {
      const letter = findLetter(await listLetters(deployment), args.letter);
      const { redrives } = await planRedrive(deployment, [letter], { pastDeadline: false });
      const { key, value, headers } = letter.record;
      printRecord(terminal, options.output, {
        ...letterRow(letter),
        redriveWould: redrives.map(standingText).join(),
        key: options.reveal ? shown(key) : hidden(key),
        value: options.reveal ? shown(value) : hidden(value),
        headers: options.reveal ? headersOf(headers) : `${headers.length}; --reveal shows them`,
      });
      return exitCode.ok;
    }),
});
