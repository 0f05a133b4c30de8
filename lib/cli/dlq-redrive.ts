import { localEnvironment } from '../local/pipeline-choice.ts';
import { openRedriveHost } from '../local/redrive-host.ts';
import { findLetter } from '../ops/letters/find-letter.ts';
import { letterName } from '../ops/letters/letter.ts';
import { listLetters } from '../ops/letters/list-letters.ts';
import { applyRedrive, planRedrive, type Redriven, type RedrivePlan } from '../ops/letters/redrive.ts';
import { defineCommand, required } from './command.ts';
import { confirmByName, confirmOption } from './confirm.ts';
import {
  deploymentOptions,
  operatorOf,
  reasonOption,
  withDeployment,
  type OpenDeployment,
} from './deployment.ts';
import { exitCode, type ExitCode } from './exit-code.ts';
import { fail } from './failure.ts';
import { letterFilterOptions, letterRow } from './letter-options.ts';
import { listingOption, printListing, type Column } from './listing.ts';
import { nextCommand, type Whereabouts } from './next-command.ts';
import { flag } from './option.ts';
import { pipelineArgument } from './pipeline-options.ts';
import { standingText } from '../ops/letters/standing-text.ts';
import { writeLine, type Terminal } from './terminal.ts';

/** One letter of the plan, and what came of it. */
type RedriveRow = Readonly<Record<string, unknown>> & {
  readonly letter: string;
  readonly reason: string;
  readonly redriveWould: string;
  /** `null` until it is executed. */
  readonly outcome: Redriven['outcome'] | 'not-redrivable' | null;
  readonly verdict: string | null;
  readonly tries: number | null;
};

const planColumns: readonly Column<RedriveRow>[] = [
  { title: 'LETTER', cell: ({ letter }) => letter },
  { title: 'REASON', cell: ({ reason }) => reason },
  { title: 'A REDRIVE WOULD', cell: ({ redriveWould }) => redriveWould },
];

const resultColumns: readonly Column<RedriveRow>[] = [
  { title: 'LETTER', cell: ({ letter }) => letter },
  { title: 'OUTCOME', cell: ({ outcome }) => (outcome === null ? null : outcomeText(outcome)) },
  { title: 'VERDICT', cell: ({ verdict }) => verdict },
  { title: 'TRIES', cell: ({ tries }) => tries },
];

const outcomeText = (outcome: NonNullable<RedriveRow['outcome']>): string =>
  outcome === 'past-deadline' ? 'past its deadline, left as it was' : outcome;

const rowsOf = (plan: RedrivePlan, results: readonly Redriven[] | undefined): readonly RedriveRow[] => {
  const byLetter = new Map(results?.map((result) => [result.letter, result]));
  return plan.redrives.map((planned): RedriveRow => {
    const result = byLetter.get(planned.letter);
    const { letter, ...more } = letterRow(planned.letter);
    return {
      letter,
      ...more,
      redriveWould: standingText(planned),
      outcome: result?.outcome ?? (planned.kind === 'not-redrivable' ? 'not-redrivable' : null),
      verdict: result?.verdict ?? result?.detail ?? (planned.kind === 'not-redrivable' ? planned.why : null),
      tries: result?.tries ?? null,
    };
  });
};

export const dlqRedrive = defineCommand({
  metadata: {
    name: 'dlq redrive',
    summary: 'process dead letters again, in the stage that failed on them',
    description:
      'Shows what would be done; --execute does it. A letter is tried until it is settled; what was done is not done again, and no letter is deleted. With --past-deadline the name of the pipeline confirms it.',
    examples: [
      'freshet dlq redrive features/3/1021',
      'freshet dlq redrive all --stage action --reason refused --execute --why "the downstream is mended"',
    ],
  },
  args: { letter: required('its name as listed, its id, or all'), pipeline: pipelineArgument },
  options: {
    ...letterFilterOptions,
    pastDeadline: flag('act although the deadline has passed; without, such letters stay failed'),
    execute: flag('do it; without, only the plan is shown'),
    confirm: confirmOption,
    why: reasonOption,
    ...deploymentOptions,
    output: listingOption,
  },
  handler: async ({ args, options }, { root, terminal }) =>
    withDeployment({ root, name: args.pipeline, ...options }, async (open) => {
      const { stage, reason, since, until, pastDeadline } = options;
      const all = await listLetters(open.deployment, { stage, reason, since, until });
      const letters = args.letter === 'all' ? all : [findLetter(all, args.letter)];
      const plan = await planRedrive(open.deployment, letters, { pastDeadline });
      const redrivable = plan.redrives.filter(({ kind }) => kind === 'redrive').length;
      if (!options.execute || redrivable === 0) {
        printListing(terminal, options.output, planColumns, rowsOf(plan, undefined), 'no dead letters');
        return planned(terminal, plan, options, open.where);
      }
      if (pastDeadline) {
        const what = `${redrivable} letter(s) will be acted on although their deadline may have passed.`;
        const declined = await confirmByName(terminal, open.contract.pipeline, options.confirm, what);
        if (declined !== undefined) return declined;
      }
      const results = await execute(root, terminal, open, plan, options.why);
      printListing(terminal, options.output, resultColumns, rowsOf(plan, results), '');
      return codeOf(terminal, plan, results, open.where);
    }),
});

/** Of the letters of a plan: what a redrive would come to. */
const countsOf = ({ redrives }: RedrivePlan) => {
  const kinds = redrives.map((one) => (one.kind === 'redrive' ? one.standing.kind : one.kind));
  const count = (kind: (typeof kinds)[number]): number => kinds.filter((one) => one === kind).length;
  return {
    tried: count('open'),
    repeated: count('settled'),
    waiting: count('past-deadline'),
    never: count('not-redrivable'),
  };
};

const countsText = (plan: RedrivePlan): string => {
  const { tried, repeated, waiting, never } = countsOf(plan);
  const parts = [
    `${tried} would be tried`,
    ...(repeated > 0 ? [`${repeated} would only repeat what is stored`] : []),
    ...(waiting > 0 ? [`${waiting} would act only with --past-deadline`] : []),
    ...(never > 0 ? [`${never} cannot be redriven`] : []),
  ];
  return `of ${plan.redrives.length} letter(s): ${parts.join(', ')}.`;
};

const planned = (
  terminal: Terminal,
  plan: RedrivePlan,
  { execute: isExecuted }: { readonly execute: boolean },
  where: Whereabouts,
): ExitCode => {
  const { tried, waiting } = countsOf(plan);
  if (isExecuted && plan.redrives.length > 0)
    return fail(
      terminal,
      { what: 'none of these letters can be redriven', next: nextCommand('dlq show <letter>', where) },
      exitCode.error,
    );
  if (plan.redrives.length === 0) return exitCode.ok;
  writeLine(terminal.err, countsText(plan));
  if (tried > 0) writeLine(terminal.err, 'next:  the same command with --execute');
  else if (waiting > 0) writeLine(terminal.err, 'next:  the same command with --execute --past-deadline');
  return exitCode.ok;
};

const execute = async (
  root: string,
  terminal: Terminal,
  { pipeline, deployment, folder, variables }: OpenDeployment,
  plan: RedrivePlan,
  why: string,
): Promise<readonly Redriven[]> => {
  const host = await openRedriveHost({
    root,
    pipeline,
    environment: localEnvironment,
    folder,
    platform: variables,
    variables: process.env,
  });
  try {
    return await applyRedrive(deployment, plan, host, operatorOf(why), ({ letter, outcome }) =>
      writeLine(terminal.err, `${letterName(letter)}: ${outcomeText(outcome)}`),
    );
  } finally {
    await host.close();
  }
};

const codeOf = (
  terminal: Terminal,
  plan: RedrivePlan,
  results: readonly Redriven[],
  where: Whereabouts,
): ExitCode => {
  const settled = results.filter(({ outcome }) => outcome === 'settled').length;
  const paused = results.find(({ outcome }) => outcome === 'paused')?.letter.stage;
  if (settled === plan.redrives.length) return exitCode.ok;
  return fail(
    terminal,
    {
      what: `${settled} of ${plan.redrives.length} letter(s) are settled`,
      ...(paused === undefined
        ? { next: nextCommand('dlq list', where) }
        : {
            why: `Stage ${paused} is paused: its letters stand as they did.`,
            next: nextCommand(`resume ${paused}`, where),
          }),
    },
    settled === 0 ? exitCode.error : exitCode.partial,
  );
};
