/** Where a debugger can stand: before it answers, while a time-out runs. */
const answerOf = (event) => {
  const brokers = event.bootstrapServers;
  return `answered ${brokers}`;
};

export const handler = async (event, context) => {
  const timeout = AbortSignal.timeout(900);
  let rang = false;
  setTimeout(() => {
    rang = true;
  }, 900);
  const before = { now: Date.now(), date: new Date().getTime(), monotonic: performance.now() };
  const remainingMs = context.getRemainingTimeInMillis();
  const answer = answerOf(event);
  // Whatever was due while it stood would have its turn now.
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  await new Promise((resolve) => {
    setTimeout(resolve, 30);
  });
  return {
    answer,
    hasTimedOut: timeout.aborted || rang,
    remainingMs: [remainingMs, context.getRemainingTimeInMillis()],
    tookMs: [
      Date.now() - before.now,
      new Date().getTime() - before.date,
      performance.now() - before.monotonic,
    ],
  };
};
