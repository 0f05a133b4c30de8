import type { Answered } from '../../core/ports/examination.ts';

export type Level = 'ok' | 'warning' | 'failure';

/** What a finding is about, in the order in which findings are shown. */
export const areas = ['brokers', 'topics', 'rights', 'tables', 'state', 'clocks', 'msk', 'account'] as const;
export type Area = (typeof areas)[number];

/** What one probe found of one thing. */
export interface Finding {
  readonly area: Area;
  /** What was looked at, such as `segment.ms`. */
  readonly probe: string;
  /** Of what: a topic, a broker, a stage. */
  readonly subject: string;
  readonly level: Level;
  readonly got: string;
  readonly expected: string;
  /** How to mend it; `null` where there is nothing to mend. */
  readonly fix: string | null;
}

interface Findings {
  ok(got: string, expected: string): Finding;
  warning(got: string, expected: string, fix: string): Finding;
  failure(got: string, expected: string, fix: string): Finding;
  /** It could not be looked at, which is never the same as being right. */
  notProbed(why: string, expected: string, fix: string, level?: Exclude<Level, 'ok'>): Finding;
}

/** Findings of one probe of one thing. */
export const findingsOn = (area: Area, probe: string, subject: string): Findings => {
  const finding = (level: Level, got: string, expected: string, fix: string | null): Finding => ({
    area,
    probe,
    subject,
    level,
    got,
    expected,
    fix,
  });
  return {
    ok: (got, expected) => finding('ok', got, expected, null),
    warning: (got, expected, fix) => finding('warning', got, expected, fix),
    failure: (got, expected, fix) => finding('failure', got, expected, fix),
    notProbed: (why, expected, fix, level = 'failure') => finding(level, `not probed: ${why}`, expected, fix),
  };
};

/** Why a question has no answer, in a few words: the code where the broker gave one. */
export const whyNot = ({ code, why }: Extract<Answered<unknown>, { kind: 'unanswered' }>): string =>
  code ?? why;
