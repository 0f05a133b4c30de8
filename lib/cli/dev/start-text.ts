import { relative } from 'node:path';
import type { Drifted } from '../../local/drifted.ts';
import type { LocalRun } from '../../local/local-run.ts';
import type { Speed } from '../../local/player/pace.ts';
import { paint, type Screen } from '../terminal.ts';
import { figure } from './figures.ts';

const paceText = (speed: Speed): string =>
  speed.kind === 'fast' ? 'as fast as it goes' : `${figure(speed.factor)} simulated seconds a second`;

/** What is about to run. */
export const startText = (
  run: Pick<LocalRun, 'played' | 'toPlay' | 'receiverUrl'>,
  {
    pipeline,
    speed,
    root,
    folder,
    page,
  }: {
    readonly pipeline: string;
    readonly speed: Speed;
    readonly root: string;
    readonly folder: string;
    /** Address of the page; `undefined`: there is none. */
    readonly page: string | undefined;
  },
): string => {
  const near = relative(root, folder);
  return [
    `${pipeline}: ${figure(run.toPlay)} events, ${paceText(speed)}; state in ${near === '' || near.startsWith('..') ? folder : near}; effects go to ${run.receiverUrl}`,
    ...(run.played === 0
      ? []
      : [`${figure(run.played)} of them are in the log already: it goes on from there`]),
    ...(page === undefined ? [] : [`watch it, break it and see it heal: ${page}`]),
  ].join('\n');
};

/** What was there before the run and stays as it is, in the words of `topics plan` and of the doctor. */
export const driftedText = ({ subject, setting, got, expected, fix }: Drifted, screen: Screen): string =>
  `${paint(screen, 'yellow', 'warning:')} ${subject}, ${setting}: got ${got}; expected ${expected}. Fix: ${fix}.`;
