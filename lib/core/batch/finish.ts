import type { BatchReport, BatchResult, Batch, CommonPorts, RecordVerdict } from '../ports/stage-ports.ts';
import { batchReport } from './measure.ts';
import { unfinishedRecords } from './respond.ts';
import { waitFor, waitMs } from './wait.ts';

export interface Finish {
  readonly stage: string;
  readonly ports: Pick<CommonPorts, 'clock' | 'telemetry' | 'verdicts'>;
  readonly batch: Batch;
  /** In the order of the records. */
  readonly verdicts: readonly RecordVerdict[];
  readonly measured: Pick<BatchReport, 'freshness' | 'bad' | 'lost' | 'emitted' | 'effects'>;
  readonly minimumWaitMs: number;
  /** Per unfinished record, when it is worth another try, ms from now. */
  readonly suggestionsMs: readonly number[];
}

/** The end of every batch: what became of it is said, then the wait, then the answer. */
export const finishBatch = async (finish: Finish): Promise<BatchResult> => {
  const { ports, batch, verdicts } = finish;
  ports.telemetry.batch(batchReport(finish.stage, ports.clock.now(), verdicts, finish.measured));
  await ports.verdicts.record(finish.stage, verdicts);
  if (batch.redrive === undefined)
    await waitFor(
      ports.clock,
      waitMs(finish.suggestionsMs, finish.minimumWaitMs, ports.clock.now(), batch.invocation.deadline),
    );
  return { verdicts, unfinished: unfinishedRecords(batch.records, verdicts) };
};
