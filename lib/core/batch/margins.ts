/** Time an invocation keeps for itself, ms: to freeze, emit, advance and answer what it has begun. */
export const finishMs = 1_500;

/** How long a claim outlives the deadline of the invocation that holds it: clocks differ, and a worker is not stopped to the millisecond. */
export const leaseMarginMs = 1_000;

/** Key items are kept this much longer than the horizon, so that a store's clock and a worker's may differ. */
export const horizonMarginMs = 3_600_000;

/** How often a row that others change is read and folded within one invocation. */
export const conflictTries = 5;
