import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openEmbedded } from '../../../lib/adapters/sqlite/embedded.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { program } from '../../../lib/cli/commands.ts';
import { run } from '../../../lib/cli/program.ts';
import { groupIn, topicIn } from '../../../lib/core/contract/resolved.ts';
import { bytesOf } from '../../../lib/core/record.ts';
import { wantedTopics } from '../../../lib/ops/topics/wanted-topics.ts';
import { contract } from '../../fixtures/orders/contract.ts';
import { commandContext, fakeTerminal } from '../../support/fake-terminal.ts';
import { temporaryFolder } from '../../support/folder.ts';

const { resolved } = contract;

/** A state of the orders in which features has committed a record that it was never given. */
const leaveOneOut = async (folder: string): Promise<void> => {
  const { log, groups, close } = openEmbedded({ folder, pipeline: 'orders', clock: systemClock });
  const topic = topicIn('dev', resolved.source);
  try {
    await log.createTopics(wantedTopics(resolved, 'dev'));
    await log.produce([{ topic, key: bytesOf('ada'), value: bytesOf('{}'), headers: [] }]);
    await groups.commit(
      groupIn('dev', resolved.features.mapping),
      (await log.offsets(topic)).map(({ partition, end }) => ({ topic, partition, offset: end })),
    );
  } finally {
    close();
  }
};

const playedOnce = async (...args: readonly string[]) => {
  const terminal = fakeTerminal();
  const argv = ['dev', '--functions', 'test/fixtures/orders', '--fast', '--once', ...args];
  const code = await run({ ...program, version: '0.0.0' }, argv, commandContext(terminal));
  return { code, ...terminal.written };
};

describe('freshet dev --once ends with exit code 1 where the books do not balance', () => {
  it('of the pipeline that it runs', async () => {
    const folder = temporaryFolder();
    await leaveOneOut(folder);
    const { code, out, err } = await playedOnce('--state', folder);
    expect(code).toBe(1);
    expect(out).toMatch(/balanced {3}no/);
    expect(err).toContain('error: the books do not balance\n');
  });

  it('of one among all', async () => {
    const folder = temporaryFolder();
    await leaveOneOut(join(folder, 'orders'));
    const { code, out, err } = await playedOnce('--all', '--state', folder);
    expect(code).toBe(1);
    expect(out).toMatch(/balanced {3}no/);
    expect(err).toContain('error: 1 of 1 pipelines did not end well: orders\n');
  });
});
