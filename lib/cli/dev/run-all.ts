import { choosePipeline, stateFolderOf, type ChosenPipeline } from '../../local/pipeline-choice.ts';
import { exitCode, type ExitCode } from '../exit-code.ts';
import { fail, failWith } from '../failure.ts';
import { nextCommand, type Whereabouts } from '../next-command.ts';
import { stateFolderText } from '../pipeline-options.ts';
import { writeLine, type Terminal } from '../terminal.ts';
import type { AllScreen } from './all-screen.ts';
import { printReports, withProgressLines } from './progress-lines.ts';
import { reportText } from './report-text.ts';
import type { Interrupts } from './interrupts.ts';
import { runPipeline, type EndedRun, type RunSettings } from './run-pipeline.ts';
import { TakenGroups } from './taken-groups.ts';

/** What became of one of them. */
type Ending =
  | { readonly kind: 'ended'; readonly where: Whereabouts; readonly run: EndedRun }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly where: Whereabouts };

export interface AllRuns {
  readonly names: readonly string[];
  /** Where they are, absolute or from the root. */
  readonly functionsFolder: string;
  /** What the command was told; the name is each pipeline's own, the state a folder in the one that was named. */
  readonly where: Omit<Whereabouts, 'name'>;
  readonly settings: RunSettings;
  readonly screen: AllScreen;
  readonly interrupts: Interrupts;
  readonly terminal: Terminal;
}

/** How it went with all of them: some alone are `partial`. */
const codeOf = (good: number, all: number): ExitCode => {
  if (good === all) return exitCode.ok;
  return good === 0 ? exitCode.error : exitCode.partial;
};

/** Where one of them is. */
const ownOf = (where: AllRuns['where'], name: string): Whereabouts => ({
  ...where,
  name,
  state: where.state === undefined ? undefined : `${where.state}/${name}`,
});

/** What a command would say of it that runs this one alone. */
const failureText = (thrown: unknown, where: Whereabouts, root: string, terminal: Terminal): string => {
  const said: string[] = [];
  const err = { ...terminal.err, write: (text: string) => void said.push(text) };
  const state = stateFolderText(where.state, where.name);
  failWith({ root, terminal: { ...terminal, err } }, { name: 'dev', state }, thrown, where);
  return said.join('').trimEnd();
};

const isGood = (ending: Ending, settings: RunSettings, interrupts: Interrupts): boolean =>
  ending.kind === 'ended' && (!settings.isOnce || interrupts.isInterrupted || ending.run.report.balanced);

/** A pipeline with its contract, or why it cannot run. */
type Choice =
  | { readonly kind: 'chosen'; readonly chosen: ChosenPipeline }
  | { readonly kind: 'refused'; readonly thrown: unknown };

/** Each of them, in the order of their names: the earlier has a group that two of them name. */
const chooseAll = async ({
  names,
  functionsFolder,
  settings: { root, kafka },
}: Pick<AllRuns, 'names' | 'functionsFolder' | 'settings'>): Promise<
  readonly (Choice & { readonly name: string })[]
> => {
  const loaded = await Promise.allSettled(
    names.map((name) => choosePipeline({ root, functionsFolder, name })),
  );
  // Embedded logs are each pipeline's own.
  const taken = kafka === undefined ? undefined : new TakenGroups();
  const choiceOf = (result: PromiseSettledResult<ChosenPipeline>): Choice => {
    if (result.status === 'rejected') return { kind: 'refused', thrown: result.reason };
    try {
      taken?.claim(result.value.contract);
      return { kind: 'chosen', chosen: result.value };
    } catch (thrown) {
      return { kind: 'refused', thrown };
    }
  };
  return loaded.map((result, index) => ({ name: names[index] ?? '', ...choiceOf(result) }));
};

/**
 * Runs several pipelines side by side in this process, each on its own state. One that cannot run, or breaks, says so at once
 * and takes none of the others along.
 *
 * @returns 0 where all went well, 7 where some did, 1 where none did; 130 where it was interrupted before one was up
 */
export const runAll = async ({
  names,
  functionsFolder,
  where,
  settings,
  screen,
  interrupts,
  terminal,
}: AllRuns): Promise<ExitCode> => {
  const { root } = settings;
  const runOne = async ({ name, ...choice }: Choice & { readonly name: string }): Promise<Ending> => {
    const own = ownOf(where, name);
    const shown = screen.of(name, nextCommand('resume action', own), Date.now());
    try {
      if (choice.kind === 'refused') throw choice.thrown;
      const run = await runPipeline({
        ...choice.chosen,
        folder: stateFolderOf(root, name, own.state),
        where: own,
        settings,
        screen: settings.output === 'ndjson' ? withProgressLines(shown, name, terminal.out) : shown,
        interrupts,
      });
      return run === undefined ? { kind: 'stopped' } : { kind: 'ended', where: own, run };
    } catch (thrown) {
      screen.print(name, `${failureText(thrown, own, root, terminal)}\nthe others go on without it`);
      return { kind: 'failed', where: own };
    }
  };
  const endings = await Promise.all((await chooseAll({ names, functionsFolder, settings })).map(runOne));
  screen.clear();
  const { output } = settings;
  const reports = endings.flatMap((ending) => (ending.kind === 'ended' ? [ending.run.report] : []));
  if (output !== 'table') printReports(terminal.out, output, reports);
  for (const ending of endings) {
    if (ending.kind !== 'ended') continue;
    const { report, isPaused, wasShown } = ending.run;
    if (output === 'table' && !wasShown)
      writeLine(terminal.out, reportText(report, ending.where, terminal.out));
    if (isPaused)
      writeLine(
        terminal.err,
        `${report.pipeline}: action is paused; what waits is done after \`${nextCommand('resume action', ending.where)}\``,
      );
  }
  if (endings.every(({ kind }) => kind === 'stopped')) return exitCode.interrupted;
  const bad = endings.flatMap((ending, index) =>
    isGood(ending, settings, interrupts) ? [] : [names[index] ?? ''],
  );
  const code = codeOf(endings.length - bad.length, endings.length);
  if (code === exitCode.ok) return code;
  return fail(
    terminal,
    {
      what: `${bad.length} of ${endings.length} pipelines did not end well: ${bad.join(', ')}`,
      why: 'Each has said why above, or its books do not balance: see its report.',
      next: nextCommand('dev', ownOf(where, bad[0] ?? '')),
    },
    code,
  );
};
