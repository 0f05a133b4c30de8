import type { Control } from '../../protocol/page-api.ts';
import type {
  PageControls,
  PageEffects,
  PageLetters,
  PageRowDetails,
  PageRows,
  PageTrace,
} from '../../protocol/page-state.ts';

/** What went wrong, in the server's words or in ours where it does not answer. */
export interface Problem {
  readonly what: string;
  readonly why: string;
  readonly next: string;
}

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem };

const noAnswer: Problem = {
  what: 'The server does not answer.',
  why: 'The run may have ended.',
  next: 'Start it again: this page comes back by itself.',
};

const problemOf = (body: unknown, status: number): Problem => {
  const { error } = (typeof body === 'object' && body !== null ? body : {}) as { error?: Partial<Problem> };
  return {
    what: error?.what ?? `The server answered with ${status}.`,
    why: error?.why ?? '',
    next: error?.next ?? '',
  };
};

export type EffectsWhich = 'in-doubt' | 'failed' | 'done';

/** What each question is answered with. */
interface Answers {
  readonly pipelines: { readonly pipelines: readonly string[] };
  readonly rows: PageRows;
  readonly row: PageRowDetails;
  readonly trace: PageTrace;
  readonly letters: PageLetters & { readonly redriveCommand: string };
  readonly letter: { readonly letter: unknown };
  readonly effects: PageEffects;
  readonly control: { readonly controls: PageControls; readonly said: string };
}

type Asked<K extends keyof Answers> = Promise<Answer<Answers[K]> & { readonly status: number }>;

const ask = async <K extends keyof Answers>(_what: K, path: string, init: RequestInit = {}): Asked<K> => {
  try {
    const response = await fetch(path, init);
    const body: unknown = await response.json();
    return response.ok
      ? { ok: true, value: body as Answers[K], status: response.status }
      : { ok: false, problem: problemOf(body, response.status), status: response.status };
  } catch {
    return { ok: false, problem: noAnswer, status: 0 };
  }
};

const meta = (of: Document): string =>
  of.querySelector<HTMLMetaElement>('meta[name="freshet-token"]')?.content ?? '';

let token = meta(document);

/** A server that was started again has another token, and says it in its page alone. */
const renewToken = async (): Promise<boolean> => {
  const before = token;
  const page = await (await fetch('/', { cache: 'no-store' })).text();
  token = meta(new DOMParser().parseFromString(page, 'text/html'));
  return token !== before;
};

const at = (pipeline: string, ...path: readonly string[]): string =>
  ['/api', pipeline, ...path].map((part, index) => (index === 0 ? part : encodeURIComponent(part))).join('/');

export const eventsOf = (pipeline: string): string => at(pipeline, 'events');

export const getPipelines = (): Asked<'pipelines'> => ask('pipelines', '/api/pipelines');

export const getRows = (pipeline: string): Asked<'rows'> => ask('rows', at(pipeline, 'rows'));

export const getRow = (pipeline: string, key: string): Asked<'row'> => ask('row', at(pipeline, 'rows', key));

const traceOf = (pipeline: string, id: string): string =>
  `${at(pipeline, 'trace')}?id=${encodeURIComponent(id)}`;

export const getTrace = (pipeline: string, id: string): Asked<'trace'> => ask('trace', traceOf(pipeline, id));

export const getLetters = (pipeline: string): Asked<'letters'> => ask('letters', at(pipeline, 'letters'));

export const getEffects = (pipeline: string, which: EffectsWhich): Asked<'effects'> =>
  ask('effects', `${at(pipeline, 'effects')}?which=${which}`);

/** Posts it with the token. What was refused for its token alone is posted once more, with the server's new one. */
const post = async <K extends keyof Answers>(what: K, path: string, body?: Control): Asked<K> => {
  const send = (): Asked<K> =>
    ask(what, path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-freshet-token': token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const first = await send();
  if (first.status !== 403) return first;
  return (await renewToken().catch(() => false)) ? send() : first;
};

/** Tells the run what to do. */
export const control = (pipeline: string, what: Control): Asked<'control'> =>
  post('control', at(pipeline, 'control'), what);

/** The way of a record with what is in its records; the audit trail says that somebody looked at it. */
export const revealTrace = (pipeline: string, id: string): Asked<'trace'> =>
  post('trace', traceOf(pipeline, id));

/** What is in a dead letter; the audit trail says that somebody looked at it. */
export const revealLetter = (pipeline: string, id: string): Asked<'letter'> =>
  post('letter', at(pipeline, 'letters', id));
