import { describeDuration } from '../../core/units.ts';
import type { ShownEffect } from '../../local/local-run-options.ts';
import { paint, type Screen } from '../terminal.ts';
import { duration } from './figures.ts';

/**
 * The first effect of a run, for whoever waits to see that it works.
 *
 * @param next - a command that shows it
 */
export const effectText = (
  { summary, score, chain }: ShownEffect,
  targetMs: number,
  next: string,
  screen: Screen,
): string => {
  const segments = Object.entries(chain.segmentsMs).map(([name, ms]) => `${name} ${duration(ms)}`);
  const stages = chain.hops.map(
    ({ stage, appendMs, receiveMs, processMs, externalMs }) =>
      `${stage} ${duration(appendMs + receiveMs + processMs + externalMs)}`,
  );
  const line = (label: string, text: string): string => `  ${label.padEnd(11)}${text}`;
  return [
    '',
    paint(screen, 'bold', `First effect: ${summary.title}`),
    ...(summary.detail === '' ? [] : [line('', summary.detail)]),
    ...(score === undefined ? [] : [line('score', score.toFixed(3))]),
    ...summary.why.map((why, index) => line(index === 0 ? 'why' : '', why)),
    line(
      'freshness',
      `${duration(chain.totalMs)} from publication to effect (target ${describeDuration({ ms: targetMs })})`,
    ),
    line('', `by segment: ${segments.join(' + ')}`),
    line('', `by stage: ${stages.join(' + ')}`),
    line('next', `in another terminal: ${next}`),
  ].join('\n');
};
