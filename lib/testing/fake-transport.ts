import type { SendAnswer, Transport } from '../core/stages/action.ts';

/** A downstream for tests: each run of a rehearsal opens it anew. */
export interface FakeTransport {
  open(): Transport;
}

/**
 * A downstream that answers as it is told.
 *
 * @param answer - what the n-th send of an effect is answered with, n from 1. @default done
 */
export const fakeTransport = (
  answer: (request: unknown, attempt: number) => SendAnswer = () => ({ kind: 'done', evidence: 'fake' }),
): FakeTransport => ({
  open: () => {
    const attempts = new Map<string, number>();
    return {
      send: async (request, { key }) => {
        const attempt = (attempts.get(key) ?? 0) + 1;
        attempts.set(key, attempt);
        return answer(request, attempt);
      },
    };
  },
});
