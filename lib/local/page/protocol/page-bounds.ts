/** 15 minutes of points, one a second: the server and the page remember as many. */
export const mostPoints = 900;

/** Decisions that the server and the page remember: an outcome is told of those, and of no other. */
export const mostDecisions = 300;
