import { expect, it } from 'vitest';
import { failWith } from '../../../lib/cli/failure.ts';
import { ConfigError, type ErrorCode } from '../../../lib/core/errors.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';

const printed = (thrown: unknown): string => {
  const terminal = fakeTerminal();
  failWith({ terminal, root: '/nowhere' }, { name: 'dev', state: undefined }, thrown);
  return terminal.written.err;
};
/** As if it had been thrown by nobody's code: what is shown of a place is tested elsewhere. */
const failed = (code: ErrorCode, message: string): unknown =>
  Object.assign(new ConfigError(code, { message }), { stack: '' });

it('says what was expected and how to mend it, as its page does, where the error does not', () => {
  expect(printed(failed('BUILD_FAILED', 'features cannot be bundled:\nUnexpected "=>"')))
    .toMatchInlineSnapshot(`
    "error: features cannot be bundled:
    Unexpected "=>"
      Fix: mend the line that is shown.
    next:  the same command again, once it is mended
    read:  docs/errors.md#build_failed
    "
  `);
});

it('says so of an error without a code', () => {
  expect(printed('it broke')).toMatch(
    /^error: it broke\n {2}expected no failure, .+\. Fix: where a line of the pipeline is named, mend it; .+\.\nread: /,
  );
});

it('leaves out what the error says itself', () => {
  const own = printed(failed('MODEL_INVALID', 'got x; expected y. Fix: write y.'));
  expect(own).toMatch(/^error: got x; expected y\. Fix: write y\.\nread: /);
  const half = printed(failed('MODEL_INVALID', 'got x; expected y'));
  expect(half).toMatch(/^error: got x; expected y\n {2}Fix: train it anew .+\.\nread: /);
});
