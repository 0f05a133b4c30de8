import type { Header } from '../core/record.ts';
import { audit } from '../ops/deployment.ts';
import { findLetter } from '../ops/letters/find-letter.ts';
import { listLetters } from '../ops/letters/list-letters.ts';
import { letterName } from '../ops/letters/letter.ts';
import { planRedrive } from '../ops/letters/redrive.ts';
import { defineCommand, required } from './command.ts';
import { deploymentOptions, operatorOf, reasonOption, withDeployment } from './deployment.ts';
import { exitCode } from './exit-code.ts';
import { letterRow } from './letter-options.ts';
import { flag } from './option.ts';
import { pipelineArgument } from './pipeline-options.ts';
import { printRecord, recordFormat } from './record-view.ts';
import { shownBytes } from '../ops/letters/shown-bytes.ts';
import { standingText } from '../ops/letters/standing-text.ts';

const hidden = (bytes: Uint8Array | null): string =>
  bytes === null ? 'none' : `${bytes.length} bytes; --reveal shows it`;

const headersOf = (headers: readonly Header[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(headers.map(({ name, value }) => [name, shownBytes(value)]));

export const dlqShow = defineCommand({
  metadata: {
    name: 'dlq show',
    summary: 'show one dead letter, and whether it can be redriven',
    examples: ['freshet dlq show features/3/1021', 'freshet dlq show action/0/17#1 --reveal'],
  },
  args: { letter: required('its name as listed, or its id'), pipeline: pipelineArgument },
  options: {
    reveal: flag('show key, value and headers, which is audited; without, only their size'),
    why: reasonOption,
    ...deploymentOptions,
    output: recordFormat,
  },
  handler: async ({ args, options }, { root, terminal }) =>
    withDeployment({ root, name: args.pipeline, ...options }, async ({ deployment }) => {
      const letter = findLetter(await listLetters(deployment), args.letter);
      const { redrives } = await planRedrive(deployment, [letter], { pastDeadline: false });
      const { key, value, headers } = letter.record;
      if (options.reveal)
        await audit(deployment, operatorOf(options.why), `reveal letter ${letterName(letter)}`);
      printRecord(terminal, options.output, {
        ...letterRow(letter),
        redriveWould: redrives.map(standingText).join(),
        key: options.reveal ? shownBytes(key) : hidden(key),
        value: options.reveal ? shownBytes(value) : hidden(value),
        headers: options.reveal ? headersOf(headers) : `${headers.length}; --reveal shows them`,
      });
      return exitCode.ok;
    }),
});
