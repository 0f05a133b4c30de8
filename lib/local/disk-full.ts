/** @see sqlite.org/rescode.html#full */
const SQLITE_FULL = 13;

/** The disk, the user's quota, or the limit of a file is used up. */
const full: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** What failed for want of room on a disk, however deep it lies; `undefined` where nothing did. */
export const fullDiskIn = (thrown: unknown): Error | undefined => {
  // Several things may have failed at once.
  if (Array.isArray(thrown)) return thrown.map(fullDiskIn).find((found) => found !== undefined);
  if (!(thrown instanceof Error)) return undefined;
  if ('code' in thrown && full.has(thrown.code)) return thrown;
  if ('errcode' in thrown && typeof thrown.errcode === 'number' && (thrown.errcode & 0xff) === SQLITE_FULL)
    return thrown;
  return fullDiskIn(thrown.cause);
};
