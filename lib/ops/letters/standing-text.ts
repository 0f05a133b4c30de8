import type { PlannedRedrive } from './redrive.ts';

/** What a redrive of a letter would come to. */
export const standingText = (planned: PlannedRedrive): string => {
  if (planned.kind === 'not-redrivable') return `not be possible: ${planned.why}`;
  const { standing } = planned;
  switch (standing.kind) {
    case 'open':
      return standing.note === undefined ? 'process it again' : `process it again (${standing.note})`;
    case 'settled':
      return `repeat what is stored (${standing.as})`;
    case 'past-deadline':
      return 'leave it as it is (past its deadline: acts only with --past-deadline)';
    case 'not-redrivable':
      return `not be possible: ${standing.why}`;
  }
};
