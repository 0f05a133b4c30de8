import type { TableAddresses } from '../adapters/dynamodb/tables.ts';
import { tableNames } from '../core/contract/tables.ts';
import { ConfigError, TransientError } from '../core/errors.ts';
import type { TableExamination } from '../core/ports/examination.ts';
import type { Finding } from '../ops/doctor/finding.ts';
import { judgeTable } from '../ops/doctor/judge-tables.ts';
import { planTopics, type Drift } from '../ops/topics/topic-plan.ts';

/** What was there before a run and is otherwise than the contract wants it: it stays as it is. */
export interface Drifted extends Drift {
  /** Such as `topic dev.orders`. */
  readonly subject: string;
}

/**
 * Topics as they are, which may be anybody's. Whoever may not read their settings can use them all the same, and is told that
 * they were not looked at.
 */
export const driftedTopics = async (of: Parameters<typeof planTopics>[0]): Promise<readonly Drifted[]> => {
  try {
    return (await planTopics(of)).flatMap((planned) =>
      planned.kind === 'drifted'
        ? planned.drifts.map((drift) => ({ ...drift, subject: `topic ${planned.topic.name}` }))
        : [],
    );
  } catch (thrown) {
    if (!(thrown instanceof TransientError)) throw thrown;
    return [
      {
        subject: 'topics',
        setting: 'settings',
        got: `not probed: ${thrown.message}`,
        expected: 'those of the contract',
        fix: 'grant DescribeConfigs on them to whoever asks',
      },
    ];
  }
};

/**
 * Looks at those tables that are there. One that cannot be looked at is left to whoever uses it.
 *
 * @returns what works all the same
 * @throws {ConfigError} `ENVIRONMENT_INVALID` for a table in which nothing could be kept: one with other keys, above all
 */
export const driftedTables = async (
  examination: Pick<TableExamination, 'table'>,
  tables: TableAddresses,
): Promise<readonly Drifted[]> => {
  const looked = await Promise.all(
    tableNames.map(async (name): Promise<readonly Finding[]> => {
      const table = tables[name];
      if (table === undefined) return [];
      const answered = await examination.table(table);
      if (answered.kind === 'unanswered' || answered.value === null) return [];
      return judgeTable(name, table, answered);
    }),
  );
  const findings = looked.flat().flatMap(({ subject, probe, level, got, expected, fix }) => {
    const drifted: Drifted = { subject: `table ${subject}`, setting: probe, got, expected, fix: fix ?? '' };
    return level === 'ok' ? [] : [{ level, drifted }];
  });
  const refused = findings.filter(({ level }) => level === 'failure');
  if (refused.length > 0)
    throw new ConfigError('ENVIRONMENT_INVALID', {
      message: 'A table is there already, and is not as the stores need it.',
      problems: refused.map(({ drifted: { subject, setting, got, expected, fix } }) => ({
        path: `${subject}, ${setting}`,
        got,
        expected,
        fix,
      })),
    });
  return findings.map(({ drifted }) => drifted);
};
