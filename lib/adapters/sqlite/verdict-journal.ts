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
    const count =
      'INSERT INTO verdict_counts (pipeline, stage, label, count) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count';
    orUnavailable(() =>
      this.#database.write(() => {
        const changes = new Map<string, number>();
        const change = (verdict: Verdict, by: number): void => {
          const label = verdictLabel(verdict);
          changes.set(label, (changes.get(label) ?? 0) + by);
        };
        for (const { at, verdict } of entries) {
          const place = [this.#pipeline, stage, at.topicId, at.partition, at.offset] as const;
          const row = this.#database.statement(select).get(...place);
          const known = row && (JSON.parse(String(row['verdict'])) as Verdict);
          const later = laterVerdict(known, verdict);
          if (known !== undefined) change(known, -1);
          change(later, 1);
          this.#database.statement(upsert).run(...place, JSON.stringify(later));
        }
        for (const [label, by] of changes)
          if (by !== 0) this.#database.statement(count).run(this.#pipeline, stage, label, by);
      }),
    );
  }

  /** By stage, for the report of the local run and for whoever watches it. */
  async countByStage(): Promise<ReadonlyMap<string, StageVerdicts>> {
    const sql =
      'SELECT stage, label, count FROM verdict_counts WHERE pipeline = ? AND count > 0 ORDER BY stage, label';
    const rows = orUnavailable(() => this.#database.statement(sql).all(this.#pipeline));
    const stages = new Map<string, { consumed: number; verdicts: Record<string, number> }>();
    for (const row of rows) {
      const stage = String(row['stage']);
      const count = Number(row['count']);
      const books = stages.get(stage) ?? { consumed: 0, verdicts: {} };
      books.consumed += count;
      books.verdicts[String(row['label'])] = count;
      stages.set(stage, books);
    }
    return stages;
  }
}
