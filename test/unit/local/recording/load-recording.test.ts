import { describe, expect, it } from 'vitest';
import { pipelineFolderOf } from '../../../../lib/build/discover.ts';
import { ConfigError } from '../../../../lib/core/errors.ts';
import { loadRecording } from '../../../../lib/local/recording/load-recording.ts';
import { temporaryFolder } from '../../../support/folder.ts';

/** A pipeline that is nothing but its recording. */
const loaded = (recording: string): ReturnType<typeof loadRecording> => {
  const folder = temporaryFolder({
    'contract.ts': '',
    'features.ts': '',
    'inference.ts': '',
    'action.ts': '',
    'recording.ts': recording,
  });
  return loadRecording(pipelineFolderOf('/', folder));
};

describe('recording.ts', () => {
  it('is told by name when a function of it throws', async () => {
    const { score, summary } = await loaded(`
      const broken = () => { throw new Error('no such member'); };
      export const recording = { files: {}, receiver: {}, score: broken, summary: broken };`);
    for (const [name, call] of [
      ['score', () => score({})],
      ['summary', () => summary({})],
    ] as const) {
      expect(call).toThrow(ConfigError);
      expect(call).toThrow(
        new RegExp(`recording\\.ts: got \`${name}\`, which threw "no such member"; .*Fix: `),
      );
    }
  });

  it('answers as it does where nothing is wrong', async () => {
    const { score, summary } = await loaded(`
      export const recording = {
        files: {}, receiver: {},
        score: (decision) => ({ score: decision, acted: true }),
        summary: (title) => ({ title, detail: '', why: [] }),
      };`);
    expect(score(0.5)).toEqual({ score: 0.5, acted: true });
    expect(summary('hold')).toEqual({ title: 'hold', detail: '', why: [] });
  });

  it('has to export a recording', async () => {
    await expect(loaded('export const other = 1;')).rejects.toThrow(
      'got exports of other; expected an export',
    );
    await expect(loaded('throw new Error("half written")')).rejects.toThrow('got half written');
  });
});
