import type { Clock } from '../core/ports/clock.ts';
import type { EpochMs } from '../core/units.ts';

/** Time that is kept for what follows a call, ms. */
const marginMs = 300;

/** What a call is given however late it is, ms: an answer usually takes a tenth of it. */
const leastMs = 100;

/** Time, and when the invocation that is being served ends. */
export interface TimeFrame {
  readonly clock: Pick<Clock, 'now'>;
  /** `undefined`: nothing ends. */
  readonly deadline?: (() => EpochMs) | undefined;
}

/**
 * How long a call may take, ms: as long as it usually may, but not beyond the invocation's end and not into what is kept for
 * what follows it.
 *
 * @param mostMs - where there is time enough
 */
export const timeLeftMs = ({ clock, deadline }: TimeFrame, mostMs: number): number =>
  deadline === undefined ? mostMs : Math.max(leastMs, Math.min(mostMs, deadline() - marginMs - clock.now()));

/** Whether there is time for another call after a wait, ms. */
export const isTimeAfter = ({ clock, deadline }: TimeFrame, waitMs: number): boolean =>
  deadline === undefined || clock.now() + waitMs + leastMs + marginMs <= deadline();
