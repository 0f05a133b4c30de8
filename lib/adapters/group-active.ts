import { TransientError } from '../core/errors.ts';

/** What a commit from outside is refused with where the group has members: theirs would undo it, or it theirs. */
export const groupActive = (group: string): TransientError =>
  new TransientError('GROUP_ACTIVE', {
    message: `got a commit from outside for group ${group}, which has members; expected a group without. Fix: stop its consumers, or disable the mapping, and wait until the group is empty.`,
  });
