import type { Control } from '../../protocol/page-api.ts';
import type {
  PageControls,
  PageEffects,
  PageLetters,
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

export interface RowDetails {
  readonly row: unknown;
  readonly versions: readonly { readonly version: number; readonly at: number }[];
  readonly context: Readonly<Record<string, unknown>>;
}

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
  readonly row: RowDetails;
  readonly trace: PageTrace;
  readonly letters: PageLetters;
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

export const getTrace = (pipeline: string, id: string, withPayload: boolean): Asked<'trace'> =>
  ask('trace', `${at(pipeline, 'trace')}?id=${encodeURIComponent(id)}${withPayload ? '&payload=1' : ''}`);

export const getLetters = (pipeline: string): Asked<'letters'> => ask('letters', at(pipeline, 'letters'));

export const getLetter = (pipeline: string, id: string): Asked<'letter'> =>
  ask('letter', at(pipeline, 'letters', id));

export const getEffects = (pipeline: string, which: EffectsWhich): Asked<'effects'> =>
  ask('effects', `${at(pipeline, 'effects')}?which=${which}`);

/** Tells the run what to do. What was refused for its token alone is told once more, with the server's new one. */
export const control = async (pipeline: string, what: Control): Promise<Answer<Answers['control']>> => {
  const send = (): Asked<'control'> =>
    ask('control', at(pipeline, 'control'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-freshet-token': token },
      body: JSON.stringify(what),
    });
  const first = await send();
  if (first.status !== 403) return first;
  return (await renewToken().catch(() => false)) ? send() : first;
};
