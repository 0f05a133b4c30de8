import { expect, it } from 'vitest';
import { speedOf } from '../../../lib/cli/dev/dev-options.ts';

const none = { speed: undefined, fast: false, once: false };

it('the speed is that of the recording, unless it is said or nobody watches', () => {
  expect(speedOf(none)).toBeUndefined();
  expect(speedOf({ ...none, once: true })).toEqual({ kind: 'paced', factor: 15_000 });
  expect(speedOf({ ...none, speed: 7 })).toEqual({ kind: 'paced', factor: 7 });
  expect(speedOf({ ...none, speed: 7, once: true })).toEqual({ kind: 'paced', factor: 7 });
  expect(speedOf({ ...none, fast: true, once: true })).toEqual({ kind: 'fast' });
});
