import { hear } from '../model/feed.ts';
import { Live } from '../model/live.ts';
import { hashOf, routeOf, type Route, type ViewName } from '../model/route.ts';
import { el, setAttribute } from '../parts/dom.ts';
import { oncePerFrame } from '../parts/frame.ts';
import { empty } from '../parts/pieces.ts';
import { decisions } from '../views/decisions.ts';
import { freshness } from '../views/freshness.ts';
import { letters } from '../views/letters.ts';
import { overview } from '../views/overview.ts';
import { liveTable } from '../views/table.ts';
import { trace } from '../views/trace.ts';
import type { View, ViewContext } from '../views/view.ts';
import { banner } from './banner.ts';
import { controls } from './controls.ts';
import { head, viewTitles } from './head.ts';

const makers: Readonly<Record<ViewName, (context: ViewContext) => View>> = {
  overview,
  freshness,
  decisions,
  table: liveTable,
  trace,
  letters,
};

/** What is on the screen: one pipeline, one view of it. */
interface Shown {
  readonly route: Route;
  readonly runId: string | undefined;
  readonly view: View;
}

/** The page around the views: it follows the address, hears the chosen pipeline, and draws once for each frame at most. */
export class Shell {
  readonly #main = el('main', { id: 'main', tabindex: -1 });
  readonly #banner = banner();
  readonly #head = head((pipeline) => {
    location.hash = hashOf(pipeline, routeOf(location.hash).view);
  });
  readonly #dock = controls(
    () => this.#pipeline,
    () => this.#live,
  );
  readonly #draw = oncePerFrame(() => this.#show());
  /** Not known before the server has answered. */
  #pipelines: readonly string[] | undefined;
  #pipeline: string | undefined;
  #live: Live | undefined;
  #stop: (() => void) | undefined;
  #shown: Shown | undefined;
  /** The address that the view was opened at. */
  #opened = '';

  constructor(body: HTMLElement) {
    const skip = el('a', { href: '#main', class: 'skip' }, 'Skip to the view');
    skip.addEventListener('click', (event) => {
      event.preventDefault();
      this.#main.focus();
    });
    this.#main.append(empty('Connecting…', 'The page asks its server which pipelines run.'));
    body.replaceChildren(skip, this.#head.node, this.#banner.node, this.#main, this.#dock.node);
    addEventListener('hashchange', () => this.#follow());
    document.addEventListener('visibilitychange', () => this.#draw());
    this.#draw();
  }

  /** The pipelines that run; the address chooses, else the first. One that is looked at stays when its run ends. */
  offer(pipelines: readonly string[]): void {
    const current = this.#pipeline;
    if (this.#live !== undefined && current !== undefined) this.#live.offered(pipelines.includes(current));
    if (this.#pipelines?.join() === pipelines.join()) return;
    this.#pipelines = pipelines;
    this.#head.offer(
      current === undefined || pipelines.includes(current) ? pipelines : [current, ...pipelines],
    );
    this.#follow();
  }

  /** Nobody answered which pipelines run. */
  unheard(): void {
    if (this.#pipelines !== undefined) return;
    this.#main.replaceChildren(
      empty(
        'The server does not answer.',
        'Start the run again: this page keeps trying, and comes back by itself.',
      ),
    );
  }

  #follow(): void {
    if (this.#pipelines === undefined) return;
    const route = routeOf(location.hash);
    const known = [...this.#pipelines, ...(this.#pipeline === undefined ? [] : [this.#pipeline])];
    const [first] = known;
    if (first === undefined) {
      this.#main.replaceChildren(empty('No pipeline runs here.', 'Start one with: npm start'));
      return;
    }
    if (route.pipeline === undefined || !known.includes(route.pipeline)) {
      // Not a step that the back button would lead to.
      history.replaceState(null, '', hashOf(first, route.view, route.argument));
      this.#follow();
      return;
    }
    if (route.pipeline !== this.#pipeline) this.#listen(route.pipeline);
    if (location.hash !== this.#opened) this.#open(route);
    this.#draw();
  }

  #listen(pipeline: string): void {
    this.#stop?.();
    const live = new Live(this.#draw);
    this.#pipeline = pipeline;
    this.#live = live;
    this.#stop = hear(pipeline, live);
  }

  #open(route: Route): void {
    const live = this.#live;
    const { pipeline } = route;
    if (live === undefined || pipeline === undefined) return;
    this.#opened = location.hash;
    const hadFocus = this.#main.contains(document.activeElement);
    this.#shown?.view.close();
    const view = makers[route.view]({
      pipeline,
      argument: route.argument,
      live,
      say: this.#dock.say,
      hash: (name, argument) => hashOf(pipeline, name, argument),
      go: (name, argument) => {
        location.hash = hashOf(pipeline, name, argument);
      },
    });
    const isSameView = this.#shown?.route.view === route.view;
    this.#shown = { route, runId: live.state?.runId, view };
    this.#main.replaceChildren(view.node);
    document.title = `${viewTitles[route.view]} · ${pipeline} · Freshet`;
    // What had the focus is gone with its view; the heading says where one is now.
    if (hadFocus) this.#main.querySelector<HTMLElement>('h1')?.focus({ preventScroll: isSameView });
    if (!isSameView) scrollTo(0, 0);
  }

  #show(): void {
    const live = this.#live;
    const shown = this.#shown;
    // Of another run nothing is remembered, neither what was opened nor what was typed.
    if (shown !== undefined && live?.state !== undefined && shown.runId !== live.state.runId)
      if (shown.runId === undefined) this.#shown = { ...shown, runId: live.state.runId };
      else this.#open(shown.route);
    const { view: name } = routeOf(location.hash);
    this.#head.show(this.#pipeline, name, live);
    this.#banner.show(live);
    this.#dock.show();
    setAttribute(document.documentElement, 'data-link', live?.link ?? 'connecting');
    setAttribute(this.#main, 'aria-busy', live?.state === undefined ? true : null);
    this.#shown?.view.show();
  }
}
