import type { PageTrace, TraceStep } from '../../protocol/page-state.ts';
import { segments } from '../../protocol/segments.ts';
import { el, setProperty } from '../parts/dom.ts';
import { clock, duration, json } from '../parts/format.ts';
import { payloadBox } from '../parts/pieces.ts';

/** From the first step to the last. */
export interface Span {
  readonly from: number;
  readonly ms: number;
}

export const spanOf = (steps: readonly TraceStep[]): Span => {
  const times = steps.flatMap(({ at }) => (at === null ? [] : [at]));
  const from = Math.min(...times);
  return { from, ms: Math.max(1, Math.max(...times) - from) };
};

const barOf = (at: number, sincePreviousMs: number | null, { from, ms }: Span): HTMLElement => {
  const bar = el('span', { class: 'step-bar', 'aria-hidden': 'true' });
  const end = (at - from) / ms;
  const share = Math.min(end, Math.max(0, sincePreviousMs ?? 0) / ms);
  const mark = el('span');
  setProperty(mark, '--from', (end - share).toFixed(4));
  setProperty(mark, '--share', share.toFixed(4));
  bar.append(mark);
  return bar;
};

const segmentsOf = (times: Readonly<Record<string, number>>): HTMLElement => {
  const known = segments.flatMap((name) => {
    const ms = times[name];
    return ms === undefined ? [] : [{ name, ms }];
  });
  const all = known.reduce((sum, { ms }) => sum + Math.max(0, ms), 0);
  const bar = el('span', { class: 'segment-bar', 'aria-hidden': 'true' });
  for (const { name, ms } of known) {
    const part = el('span', { class: `segment ${name}` });
    setProperty(part, '--share', (Math.max(0, ms) / Math.max(1, all)).toFixed(4));
    bar.append(part);
  }
  return el(
    'div',
    { class: 'step-segments' },
    ...(all > 0 ? [bar] : []),
    el(
      'p',
      { class: 'legend quiet' },
      ...known.map(({ name, ms }) => el('span', { class: `swatch-name ${name}` }, `${name} ${duration(ms)}`)),
    ),
  );
};

/** What is shown of what is in a step's record. */
export type ShownPayload = 'hidden' | 'came later' | { readonly payload: unknown };

/** A step's payload in the trace that was asked for with payloads: the step may have come since. */
export const payloadIn = (revealed: PageTrace, { kind, where }: TraceStep): ShownPayload => {
  const step = revealed.steps.find((each) => each.kind === kind && each.where === where);
  return step === undefined ? 'came later' : { payload: step.payload };
};

const payloadNode = (shown: ShownPayload, title: string): readonly HTMLElement[] => {
  if (shown === 'hidden') return [];
  const quiet = (text: string): readonly HTMLElement[] => [el('p', { class: 'quiet' }, text)];
  if (shown === 'came later')
    return quiet('This step came after payloads were asked for: hide them, and show them again.');
  if (shown.payload === null) return quiet('No payload is kept of this step.');
  const box = payloadBox(`Payload of ${title}`);
  box.textContent = json(shown.payload);
  return [box];
};

/** One step: what, where, when, how long after the one before, and of a hop where its time went. */
export const traceStep = (step: TraceStep, span: Span, shown: ShownPayload): HTMLElement =>
  el(
    'li',
    { class: `step ${step.kind}` },
    el(
      'div',
      { class: 'step-head' },
      el('span', { class: 'kind' }, step.kind.replace('-', ' ')),
      el('b', {}, step.title),
      ...(step.verdict === null ? [] : [el('span', { class: `verdict ${step.verdict}` }, step.verdict)]),
      el(
        'span',
        { class: 'since' },
        step.at === null
          ? 'time not known'
          : `${step.sincePreviousMs === null ? '' : `+${duration(step.sincePreviousMs)} · `}${clock(step.at)}`,
      ),
    ),
    ...(step.at === null ? [] : [barOf(step.at, step.sincePreviousMs, span)]),
    ...(step.segmentsMs === null ? [] : [segmentsOf(step.segmentsMs)]),
    el('p', { class: 'where quiet' }, step.where),
    ...payloadNode(shown, step.title),
  );
