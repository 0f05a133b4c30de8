import type { VerdictJournal } from '../../core/ports/stores.ts';
import type { Coordinates } from '../../core/record.ts';
import { laterVerdict, verdictLabel, type Verdict } from '../../core/verdict.ts';
import { orUnavailable, type Database } from './database.ts';

/** The books of one stage. */
export interface StageVerdicts {
  /** Distinct coordinates that were delivered to it. */
  readonly consumed: number;
  /** By the verdict's label; `retry(…)` for what is not settled yet. */
  readonly verdicts: Readonly<Record<string, number>>;
}

/** Keeps the verdict of each coordinate of one pipeline, as core's `laterVerdict` says. */
export class SqliteVerdictJournal implements VerdictJournal {
  readonly #database: Database;
  readonly #pipeline: string;

  constructor(database: Database, pipeline: string) {
    this.#database = database;
    this.#pipeline = pipeline;
  }

  async record(
    stage: string,
    entries: readonly { readonly at: Coordinates; readonly verdict: Verdict }[],
  ): Promise<void> {
    if (entries.length === 0) return;
    const select =
      'SELECT verdict FROM verdicts WHERE pipeline = ? AND stage = ? AND topic_id = ? AND partition = ? AND "offset" = ?';
    const upsert =
      'INSERT INTO verdicts (pipeline, stage, topic_id, partition, "offset", verdict) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET verdict = excluded.verdict';
    orUnavailable(() =>
      this.#database.write(() => {
        for (const { at, verdict } of entries) {
          const place = [this.#pipeline, stage, at.topicId, at.partition, at.offset] as const;
          const row = this.#database.statement(select).get(...place);
          const known = row && (JSON.parse(String(row['verdict'])) as Verdict);
          this.#database.statement(upsert).run(...place, JSON.stringify(laterVerdict(known, verdict)));
        }
      }),
    );
  }

  /** By stage, for the report of the local run. */
  async countByStage(): Promise<ReadonlyMap<string, StageVerdicts>> {
    const sql =
      'SELECT stage, verdict, count(*) AS count FROM verdicts WHERE pipeline = ? GROUP BY stage, verdict ORDER BY stage, verdict';
    const rows = orUnavailable(() => this.#database.statement(sql).all(this.#pipeline));
    const stages = new Map<string, { consumed: number; verdicts: Record<string, number> }>();
    for (const row of rows) {
      const stage = String(row['stage']);
      const count = Number(row['count']);
      const label = verdictLabel(JSON.parse(String(row['verdict'])) as Verdict);
      const books = stages.get(stage) ?? { consumed: 0, verdicts: {} };
      books.consumed += count;
      books.verdicts[label] = (books.verdicts[label] ?? 0) + count;
      stages.set(stage, books);
    }
    return stages;
  }
}
