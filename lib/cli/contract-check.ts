import { loadContracts } from '../local/pipeline-choice.ts';
import { describeDuration } from '../core/units.ts';
import type { ResolvedContract } from '../core/contract/resolved.ts';
import { defineCommand } from './command.ts';
import { exitCode, type ExitCode } from './exit-code.ts';
import { failWith } from './failure.ts';
import { listingOption, printListing, type Column } from './listing.ts';
import { functionsOption, pipelineArgument } from './pipeline-options.ts';
import { paint, writeLine, type Terminal } from './terminal.ts';

type Checked = {
  readonly pipeline: string;
  readonly version: string;
  readonly owner: string;
  readonly topic: string;
  readonly events: readonly string[];
  readonly contexts: readonly string[];
  readonly effect: string;
  readonly freshness: string;
  readonly deadline: string;
  readonly warnings: readonly string[];
};

const columns: readonly Column<Checked>[] = [
  { title: 'PIPELINE', cell: ({ pipeline }) => pipeline },
  { title: 'VERSION', cell: ({ version }) => version },
  { title: 'TOPIC', cell: ({ topic }) => topic },
  { title: 'EVENTS', cell: ({ events }) => events.join(', ') },
  { title: 'CONTEXT', cell: ({ contexts }) => contexts.join(', ') || null },
  { title: 'FRESHNESS', cell: ({ freshness }) => freshness },
  { title: 'DEADLINE', cell: ({ deadline }) => deadline },
  { title: 'EFFECT', cell: ({ effect }) => effect },
  { title: 'OWNER', cell: ({ owner }) => owner },
];

const described = (contract: ResolvedContract): Checked => ({
  pipeline: contract.pipeline,
  version: contract.version,
  owner: contract.owner,
  topic: contract.source.name,
  events: Object.keys(contract.source.events),
  contexts: Object.keys(contract.context),
  effect: contract.action.effect,
  freshness: `${contract.freshness.objective * 100} % within ${describeDuration({ ms: contract.freshness.targetMs })}`,
  deadline: describeDuration({ ms: contract.deadlineMs }),
  warnings: contract.warnings,
});

const warn = ({ err }: Terminal, checked: readonly Checked[]): void => {
  for (const { pipeline, warnings } of checked)
    for (const warning of warnings)
      writeLine(err, `${paint(err, 'yellow', 'warning:')} ${pipeline}: ${warning}`);
};

export const contractCheck = defineCommand({
  metadata: {
    name: 'contract check',
    summary: 'check the contracts of all pipelines, or of one',
    description:
      'Reports everything that contradicts itself at once, with what was got, what was expected and how to mend it.',
    examples: ['freshet contract check', 'freshet contract check orders --output json'],
  },
  args: { pipeline: pipelineArgument },
  options: { functions: functionsOption, output: listingOption },
  handler: async ({ args, options }, context) => {
    const { root, terminal } = context;
    const loaded = await loadContracts({ root, functionsFolder: options.functions, name: args.pipeline });
    const checked = loaded.flatMap((each) => (each.kind === 'loaded' ? [described(each.contract)] : []));
    if (checked.length > 0 || options.output !== 'table')
      printListing(terminal, options.output, columns, checked, 'no contract is valid');
    warn(terminal, checked);
    return loaded.reduce<ExitCode>(
      (code, each) =>
        each.kind === 'failed'
          ? failWith(context, { name: 'contract check', state: undefined }, each.thrown)
          : code,
      exitCode.ok,
    );
  },
});
