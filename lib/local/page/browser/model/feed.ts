import type { PageEvents, PageHello } from '../../protocol/page-api.ts';
import { eventsOf } from './api.ts';
import type { Live } from './live.ts';

const againMs = 1_000;

/** By the name of the server-sent event. */
interface Heard extends PageEvents {
  readonly hello: PageHello;
}

/** Hears a pipeline's events until it is stopped. The browser comes back after a lost connection; where it gives up, this does. */
export const hear = (pipeline: string, live: Live): (() => void) => {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const on = <K extends keyof Heard>(of: EventSource, name: K, take: (data: Heard[K]) => void): void =>
    of.addEventListener(name, (event: MessageEvent<string>) => take(JSON.parse(event.data) as Heard[K]));

  const open = (): void => {
    const opened = new EventSource(eventsOf(pipeline));
    source = opened;
    on(opened, 'hello', (hello) => live.hello(hello));
    on(opened, 'state', (state) => live.nextState(state));
    on(opened, 'point', (point) => live.nextPoint(point));
    on(opened, 'decisions', (decisions) => live.nextDecisions(decisions));
    on(opened, 'outcomes', (outcomes) => live.nextOutcomes(outcomes));
    opened.addEventListener('error', () => {
      live.lost();
      // The browser's own pace is 3 s and more; whoever has just started a run again looks at the page at once.
      opened.close();
      timer = setTimeout(open, againMs);
    });
  };

  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
};
