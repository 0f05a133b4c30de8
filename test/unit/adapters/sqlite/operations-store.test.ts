import { expect, it } from 'vitest';
import { temporaryEmbeddedFolder } from '../../../support/embedded-folder.ts';

it('grants nothing twice when the clock is set back into a minute that was reserved from', async () => {
  const state = temporaryEmbeddedFolder();
  const { operations } = state.open();
  const granted = async (want: number): Promise<unknown> => {
    const answer = await operations.reserve('effects', 10, want);
    return answer.kind === 'read' ? answer.value.granted : answer.kind;
  };
  expect(await granted(7)).toBe(7);
  await state.elapse(60_000);
  expect(await granted(9)).toBe(9);
  await state.elapse(-60_000);
  expect(await granted(9)).toBe(3);
  await state.elapse(60_000);
  expect(await granted(9)).toBe(1);
});

it('ends the minute of the limits with the minute of the clock', async () => {
  const state = temporaryEmbeddedFolder();
  const { operations } = state.open();
  // The folder's clock begins at second 30.
  expect(await operations.reserve('effects', 10, 1)).toEqual({
    kind: 'read',
    value: { granted: 1, resetsInMs: 30_000 },
  });
});
