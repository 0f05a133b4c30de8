/**
 * What the page and its server say to each other. All paths are below the server's address; every answer is JSON.
 *
 * - `GET /` the page; `GET /assets/…` its modules, styles and fonts. No other host is ever asked.
 * - `GET /api/pipelines` → `{ pipelines: string[] }`
 * - `GET /api/<pipeline>/events` server-sent events: first `hello` ({@link PageHello}), then {@link PageEvents} as they come. A
 *   comment every 15 s keeps it open. It ends when the run ends; the browser's EventSource comes back by itself.
 * - `GET /api/<pipeline>/rows` → PageRows, `GET …/rows/<key>` → PageRowDetails
 * - `GET /api/<pipeline>/trace?id=…` → PageTrace; the id is an event's, a decision's or a correlation's. 404 with what is known.
 *   `POST` of the same → PageTrace with what is in the records.
 * - `GET /api/<pipeline>/letters` → PageLetters and `{ redriveCommand: string }`, the command that shows what a redrive of all would do. `POST …/letters/<id>` → `{ letter: unknown }`, the payload.
 * - `GET /api/<pipeline>/effects?which=in-doubt|failed|done` → PageEffects
 * - `POST /api/<pipeline>/control` with {@link Control} → `{ controls: PageControls, said: string }`
 *
 * Whatever shows a payload leaves an audit record, and so is a POST. A POST needs the header `X-Freshet-Token` (in the page's `<meta name="freshet-token">`) and an `Origin` of the server itself.
 * Errors are `{ error: { what, why, next } }` with status 400, 403, 404, 409 or 503.
 */
import type { PageDecision, PagePoint, PageState } from './page-state.ts';

export interface PageHello {
  readonly state: PageState;
  readonly points: readonly PagePoint[];
  /** Newest last. */
  readonly decisions: readonly PageDecision[];
}

/** By the name of the server-sent event. */
export interface PageEvents {
  readonly state: PageState;
  readonly point: PagePoint;
  /** Since the last ones, 4 times a second at most; at most 50, the newest: `skipped` says how many were left out. */
  readonly decisions: { readonly decisions: readonly PageDecision[]; readonly skipped: number };
  /** Outcomes that became known of decisions that were sent. */
  readonly outcomes: readonly { readonly id: string; readonly outcome: boolean }[];
}

export type Control =
  | { readonly kind: 'play' }
  | { readonly kind: 'pause' }
  | { readonly kind: 'speed'; readonly factor: number | 'fast' }
  | { readonly kind: 'kill-worker'; readonly stage: string }
  | { readonly kind: 'receiver'; readonly is: 'answers' | 'dropped' }
  | { readonly kind: 'model-delay'; readonly ms: number }
  | { readonly kind: 'poison' }
  | { readonly kind: 'action'; readonly is: 'paused' | 'running' };
