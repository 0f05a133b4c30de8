import { createServer } from 'node:net';
import type { ResolvedContract } from '../../core/contract/resolved.ts';
import { stageSources } from '../../core/contract/stage-sources.ts';
import { Inspection } from '../../local/inspect/inspection.ts';
import type { LocalRunOptions } from '../../local/local-run-options.ts';
import { portInUse } from '../../local/port-in-use.ts';
import { flag, invalidOption, parsed } from '../option.ts';
import { paint } from '../terminal.ts';
import type { PipelineScreen } from './dev-screen.ts';

/** Where `node --inspect` listens too, and debuggers look first. */
const usualPort = 9_229;

const inspectFlag = '--inspect';

interface InspectedStage {
  readonly stage: string;
  readonly port: number;
}

/** Options of a run that somebody works on. */
export const debugOptions = {
  watch: flag('take over what is saved, from the next batch on'),
  inspect: parsed(
    'stage[=port]',
    'wait for a debugger in a stage; time stands still until it is there, and at its breakpoints',
    (value, flagName): InspectedStage => {
      const [, stage, port = String(usualPort)] = /^([a-z0-9-]+)(?:=(\d{1,5}))?$/.exec(value) ?? [];
      if (stage !== undefined && Number(port) <= 65_535) return { stage, port: Number(port) };
      throw invalidOption(
        flagName,
        value,
        'a stage, and a port up to 65535 behind = where that is another',
        `write ${flagName} features, or ${flagName} features=9230`,
      );
    },
    `port ${usualPort}`,
  ),
};

/** A run that waits for a debugger on somebody else's port would be played without one. */
const refuseTaken = async ({ stage, port }: InspectedStage): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const server = createServer();
  server.once('error', (thrown: NodeJS.ErrnoException) =>
    reject(
      portInUse({
        what: 'No debugger can be let in.',
        flag: inspectFlag,
        port,
        fix: `stop what has it, or write \`${inspectFlag} ${stage}=<another port>\`; in VS Code the port stands in .vscode/launch.json too`,
        thrown,
      }),
    ),
  );
  server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  return promise;
};

/**
 * @throws {UsageError} for a stage that the pipeline does not have
 * @throws {ConfigError} `PORT_IN_USE`
 */
export const inspectionOf = async (
  inspected: InspectedStage | undefined,
  contract: ResolvedContract,
  screen: Pick<PipelineScreen, 'print'>,
): Promise<Inspection | undefined> => {
  if (inspected === undefined) return undefined;
  const stages = stageSources(contract).map(({ name }) => name);
  const stage = stages.find((name) => name === inspected.stage);
  if (stage === undefined)
    throw invalidOption(
      inspectFlag,
      inspected.stage,
      `one of ${stages.join(', ')}`,
      `write ${inspectFlag} features`,
    );
  await refuseTaken(inspected);
  return new Inspection({
    stage,
    port: inspected.port,
    onOpened: (url, isAwaited) =>
      screen.print(
        isAwaited
          ? `${stage} waits for a debugger at ${url}: nothing is played before one is there. In VS Code "Attach to a stage", in Chrome chrome://inspect`
          : `${stage} is open to a debugger at ${url}`,
      ),
  });
};

/** What a run says that was asked to end. */
export const finishingText = (inspection: Inspection | undefined): string =>
  inspection?.clock.isStanding === true && !inspection.isAwaited
    ? `finishing what is in flight, as soon as ${inspection.stage} goes on: it stands at a breakpoint. Let it go on in the debugger, or detach; Ctrl-C again stops at once`
    : 'finishing what is in flight; Ctrl-C again stops at once';

/** What a run tells of what is saved meanwhile. */
export const watchOf = (
  isWatching: boolean,
  root: string,
  screen: Pick<PipelineScreen, 'screen' | 'print'>,
): LocalRunOptions['watch'] =>
  isWatching
    ? {
        root,
        onReplaced: (stage, tookMs) =>
          screen.print(
            `${stage}: bundled anew in ${Math.round(tookMs)} ms; its next batch runs the new code`,
          ),
        onProblem: (problem) =>
          screen.print(
            problem === null
              ? paint(screen.screen, 'green', 'mended: what is saved runs')
              : `${paint(screen.screen, 'red', 'not taken over:')} ${problem}\nThe former code goes on.`,
          ),
        onRecording: () =>
          screen.print(
            'recording.ts was saved, which a run reads at its start alone. Stop with Ctrl-C and start again: --reset plays everything anew.',
          ),
      }
    : undefined;
