/**
 * Waits for something, but not for too long. It goes on, unheeded.
 *
 * @param mostMs - `Infinity`: for as long as it takes
 * @param late - what is thrown where it took longer
 */
export const inTime = async <Value>(
  work: Promise<Value>,
  mostMs: number,
  late: () => unknown,
): Promise<Value> => {
  if (mostMs === Infinity) return work;
  const { promise: end, reject } = Promise.withResolvers<never>();
  const timeout = setTimeout(() => reject(late()), mostMs);
  try {
    return await Promise.race([work, end]);
  } finally {
    clearTimeout(timeout);
  }
};

/** Why nothing more is waited for. */
export const invocationEnds = (): Error => new Error('the invocation ends before one');
