import type { Json } from '../../lib/core/digest.ts';
import { defineRecording, recordingFiles } from '../../lib/core/recording.ts';
import { epochMsOf } from '../../lib/core/units.ts';
import { contract } from './contract.ts';
import { idOf, Observed, timeOf } from './event.ts';
import type { Decision } from './schemas.ts';

/** An event, and whatever else its line says. */
type Line = Observed & { readonly [name: string]: Json };
type Alert = Omit<Decision, 'alert'>;

/** How files become events for the local run: put more `.ndjson` files, gzipped or not, beside those in `folder`. */
export const recording = defineRecording(contract, {
  source: '/cold-store',
  folder: 'templates/cold-store/data',
  files: {
    events: recordingFiles<Line>({
      pattern: /\.ndjson(?:\.gz)?$/,
      // A line that is not of it is played as a dead letter.
      schema: Observed,
      to: 'source',
      events: (line) => [
        {
          to: 'source',
          type: 'observed',
          id: idOf(line),
          at: epochMsOf(Date.parse(timeOf(line))),
          data: line,
        },
      ],
      // Where a line tells what really followed, `outcomes` gives it, and the report says how good the decisions are.
    }),
  },
  receiver: { method: 'POST', path: '/alerts', param: 'ALERTS_URL' },
  score: (decision) => {
    const { score, alert } = decision as Decision;
    return { score, acted: alert };
  },
  summary: (request) => {
    const { entity, at, score, reason } = request as Alert;
    return { title: entity, detail: `${Math.round(score * 100)} % unusual at ${at}`, why: [reason] };
  },
});
