import type { Live } from '../model/live.ts';
import type { ViewName } from '../model/route.ts';

/** What a view is opened with. It lives as long as its route and its run. */
export interface ViewContext {
  readonly pipeline: string;
  /** The part of the route behind the view's name. */
  readonly argument: string | undefined;
  readonly live: Live;
  /** Tells it to those who do not see the page, and shows it beside the controls. */
  readonly say: (text: string, isProblem?: boolean) => void;
  readonly hash: (view: ViewName, argument?: string) => string;
  readonly go: (view: ViewName, argument?: string) => void;
}

export interface View {
  readonly node: HTMLElement;
  /** Called at most once for each frame in which something changed. */
  readonly show: () => void;
  readonly close: () => void;
}
