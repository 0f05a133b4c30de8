/** A process that appends until it is killed, and says after each append what was acknowledged. Started by crash.test.ts. */
import { writeSync } from 'node:fs';
import { openEmbedded } from '../../lib/adapters/sqlite/embedded.ts';
import { bytesOf } from '../../lib/core/record.ts';
import { epochMsOf } from '../../lib/core/units.ts';

const [folder = '', topic = ''] = process.argv.slice(2);
const { log } = openEmbedded({ folder, pipeline: 'crash', clock: { now: () => epochMsOf(Date.now()) } });
await log.createTopics([{ name: topic, partitions: 1, retentionMs: 86_400_000, maxRecordBytes: 10_000 }]);
for (let number = 0; ; number += 1) {
  const value = bytesOf(`${number} `.padEnd(2_000, 'x'));
  const [result] = await log.produce([{ topic, key: bytesOf('k'), value, headers: [] }]);
  if (result?.kind !== 'acked') throw new Error(`expected an ack, got ${result?.kind}`);
  writeSync(1, `${result.offset}\n`);
}
