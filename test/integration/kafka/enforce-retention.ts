import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventLog } from '../../../lib/core/ports/event-log.ts';
import { epochMsOf, type EpochMs } from '../../../lib/core/units.ts';
import { kafkaTool } from '../../services/kafka-tool.ts';

/**
 * Does at once, and for a time that is still to come, what a broker's retention does in its own time: the log of each partition
 * begins later.
 */
export const enforceRetention = async (
  log: EventLog,
  bootstrap: string,
  topics: readonly string[],
  now: EpochMs,
): Promise<void> => {
  const partitions = await Promise.all(
    topics.map(async (topic) => {
      const retentionMs = (await log.describe(topic))?.retentionMs ?? 0;
      const kept = await log.offsetsAt(topic, epochMsOf(now - retentionMs));
      return kept.map(({ partition, offset }) => ({ topic, partition, offset }));
    }),
  );
  const folder = mkdtempSync(join(tmpdir(), 'freshet-retention-'));
  try {
    const file = join(folder, 'offsets.json');
    writeFileSync(file, JSON.stringify({ version: 1, partitions: partitions.flat() }));
    await kafkaTool('DeleteRecordsCommand', ['--bootstrap-server', bootstrap, '--offset-json-file', file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
