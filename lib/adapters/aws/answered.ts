import { messageOf } from '../../core/errors.ts';
import type { Answered } from '../../core/ports/examination.ts';

/** What the SDK answered or threw; its `name` is the code by which AWS documents an error. */
export const answered = async <Value>(work: () => Promise<Value>): Promise<Answered<Value>> => {
  try {
    return { kind: 'answered', value: await work() };
  } catch (thrown) {
    // Where nobody answers, the first of several attempts says as much as all of them.
    const [first] = thrown instanceof AggregateError ? (thrown.errors as readonly unknown[]) : [];
    const code = thrown instanceof Error && thrown.name.endsWith('Exception') ? thrown.name : undefined;
    return { kind: 'unanswered', code, why: messageOf(first ?? thrown) || 'no answer' };
  }
};
