import type { LoggedRecord } from '../../core/ports/event-log.ts';
import { verdictLabel } from '../../core/verdict.ts';
import type { Invocation } from '../../local/invoke/invoke-stage.ts';

type Note = Invocation['notes'][number];
type NoteOf<Kind extends Note['kind']> = Extract<Note, { kind: Kind }>;

/** What `freshet invoke` says, as `--output json` prints it. Times are milliseconds. */
export interface InvocationReport {
  readonly stage: string;
  /** Nothing was written, appended or sent: what follows is what would have been. */
  readonly isObserved: boolean;
  readonly records: readonly {
    readonly at: string;
    /** `null`: nothing can be said of it, see `error`. */
    readonly verdict: string | null;
  }[];
  readonly outputs: readonly {
    readonly topic: string;
    readonly key: string | null;
    readonly value: unknown;
    readonly headers: Readonly<Record<string, string>>;
    /** `partition/offset`; `null`: not appended. */
    readonly at: string | null;
  }[];
  readonly rows: readonly { readonly entity: string; readonly row: unknown; readonly isWritten: boolean }[];
  readonly observations: readonly {
    readonly context: string;
    readonly key: string;
    readonly value: unknown;
  }[];
  /** Claims and effects, each with the states that it went through. */
  readonly items: readonly { readonly key: string; readonly states: readonly string[] }[];
  readonly requests: readonly {
    readonly key: string;
    readonly request: unknown;
    /** `null`: not sent. */
    readonly answer: string | null;
  }[];
  readonly timings: {
    readonly coldStartMs: number;
    readonly totalMs: number;
    /** By phase; `functions` is the stage's own code with the engine's around it. */
    readonly phasesMs: Readonly<Record<string, number>>;
  };
  readonly logs: readonly string[];
  readonly printed: readonly string[];
  /** What its model threw, and where. */
  readonly thrown: readonly string[];
  readonly error: string | null;
}

/** A value of a record: JSON where it is some. */
const valueOf = (text: string | null): unknown => {
  if (text === null) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

const rounded = (ms: number): number => Math.round(ms * 10) / 10;

const phasesOf = (times: readonly NoteOf<'time'>[], totalMs: number): Readonly<Record<string, number>> => {
  const phases = new Map<string, number>();
  for (const { phase, ms } of times) phases.set(phase, (phases.get(phase) ?? 0) + ms);
  const told = [...phases.values()].reduce((sum, ms) => sum + ms, 0);
  phases.set('functions', Math.max(0, totalMs - told));
  return Object.fromEntries([...phases].map(([phase, ms]) => [phase, rounded(ms)]));
};

const errorOf = ({ result }: Invocation): string | null => {
  switch (result.kind) {
    case 'returned':
      return null;
    case 'error':
      return `${result.at === undefined ? '' : `${result.at}: `}${result.errorType}: ${result.message}`;
    case 'timeout':
      return `the function did not answer within ${result.afterMs} ms`;
    case 'throttled':
      return 'the function is busy';
  }
};

export const invocationReport = (
  stage: string,
  isObserved: boolean,
  records: readonly LoggedRecord[],
  invocation: Invocation,
): InvocationReport => {
  const { notes, printed, thrown, coldStartMs, totalMs } = invocation;
  const of = <Kind extends Note['kind']>(kind: Kind): readonly NoteOf<Kind>[] =>
    notes.filter((note): note is NoteOf<Kind> => note.kind === kind);
  const verdicts = of('verdict');
  const items = Map.groupBy(of('item'), ({ key }) => key);
  return {
    stage,
    isObserved,
    records: records.map(({ topic, partition, offset }) => {
      const verdict = verdicts.findLast((note) => note.partition === partition && note.offset === offset);
      return {
        at: `${topic}/${partition}/${offset}`,
        verdict: verdict === undefined ? null : verdictLabel(verdict.verdict),
      };
    }),
    outputs: of('output').map(({ topic, key, value, headers, at }) => ({
      topic,
      key,
      value: valueOf(value),
      headers,
      at,
    })),
    rows: of('row').map(({ entity, after, isWritten }) => ({ entity, row: valueOf(after), isWritten })),
    observations: of('observation').map(({ context, key, body }) => ({ context, key, value: valueOf(body) })),
    items: [...items].map(([key, changes]) => ({
      key,
      states: changes.map(({ transition, state }) => `${transition}: ${state ?? 'refused'}`),
    })),
    requests: of('request').map(({ key, request, answer }) => ({ key, request, answer })),
    timings: {
      coldStartMs: rounded(coldStartMs),
      totalMs: rounded(totalMs),
      phasesMs: phasesOf(of('time'), totalMs),
    },
    logs: of('log').map(({ level, message }) => `${level}: ${message}`),
    printed,
    thrown: thrown.map(({ code, message, at }) => `${code}: ${message}${at === undefined ? '' : ` (${at})`}`),
    error: errorOf(invocation),
  };
};
