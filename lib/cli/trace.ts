import { toIso, epochMsOf } from '../core/units.ts';
import { audit } from '../ops/deployment.ts';
import { traceRecord } from '../ops/trace/trace-record.ts';
import type { Trace, TraceStep } from '../ops/trace/trace.ts';
import { defineCommand, required } from './command.ts';
import { deploymentOptions, operatorOf, reasonOption, withDeployment } from './deployment.ts';
import { duration } from './dev/figures.ts';
import { exitCode } from './exit-code.ts';
import { listingOption, type ListingFormat } from './listing.ts';
import { flag } from './option.ts';
import { pipelineArgument } from './pipeline-options.ts';
import { paint, writeLine, type Screen, type Terminal } from './terminal.ts';

const kindWidth = 'dead-letter'.length;
const indent = ' '.repeat(12 + kindWidth + 2);

const segmentsText = (segments: NonNullable<TraceStep['segmentsMs']>): string =>
  Object.entries(segments)
    .map(([name, ms]) => `${name} ${duration(ms)}`)
    .join(' + ');

const stepLines = (step: TraceStep, screen: Screen, withPayload: boolean): readonly string[] => {
  const { kind, title, where, at, sincePreviousMs, segmentsMs, payload } = step;
  const since = sincePreviousMs === null ? '' : `+${duration(sincePreviousMs)}`;
  return [
    `${since.padStart(10)}  ${paint(screen, 'bold', kind.padEnd(kindWidth))}  ${title}`,
    `${indent}${where}${at === null ? '' : `  ${toIso(epochMsOf(at))}`}`,
    ...(segmentsMs === null ? [] : [`${indent}${segmentsText(segmentsMs)}`]),
    ...(withPayload && payload !== null
      ? JSON.stringify(payload, null, 2)
          .split('\n')
          .map((line) => `${indent}${line}`)
      : []),
  ];
};

/** A record's way for people: a step with the time since the one before it, where it is, and where its time went. */
const traceText = (trace: Trace, screen: Screen, withPayload: boolean): string =>
  [
    paint(screen, 'bold', trace.correlation),
    ...trace.steps.flatMap((step) => stepLines(step, screen, withPayload)),
    ...trace.missing.map(
      (what) => `${' '.repeat(12)}${paint(screen, 'yellow', 'missing'.padEnd(kindWidth))}  ${what}`,
    ),
  ].join('\n');

const printTrace = ({ out }: Terminal, format: ListingFormat, traced: Trace, withPayload: boolean): void => {
  switch (format) {
    case 'table':
      writeLine(out, traceText(traced, out, withPayload));
      return;
    case 'json':
      writeLine(out, JSON.stringify(traced, null, 2));
      return;
    case 'ndjson':
      for (const step of traced.steps) writeLine(out, JSON.stringify(step));
      return;
  }
};

export const trace = defineCommand({
  metadata: {
    name: 'trace',
    summary: "show one record's way: event, row and context, vector, decision, effect, outcome",
    description: [
      'By the id of an event or its correlation (source#id), of a vector or a decision, or by an idempotency key.',
      'It is put together from what log and stores hold; what is missing is said, and why.',
    ].join('\n'),
    examples: [
      'freshet trace freshet-3fa92c17d0',
      "freshet trace '/new-york/departures#B6509-EWR-20130101T2100Z/boarding' --payload",
      'freshet trace B6509-EWR-20130101T2100Z/boarding --output json',
    ],
  },
  args: { id: required('of what is looked for'), pipeline: pipelineArgument },
  options: {
    payload: flag('show what is in the records, which is audited'),
    reason: reasonOption,
    ...deploymentOptions,
    output: listingOption,
  },
  handler: async ({ args, options }, { root, terminal }) =>
    withDeployment({ root, name: args.pipeline, ...options }, async ({ deployment }) => {
      if (options.payload)
        await audit(deployment, operatorOf(options.reason), `reveal the trace of ${args.id}`);
      const traced = await traceRecord(deployment, args.id, { withPayload: options.payload });
      printTrace(terminal, options.output, traced, options.payload);
      return exitCode.ok;
    }),
});
