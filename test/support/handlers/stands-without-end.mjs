/** Where a debugger can stand, of a function that never answers. */
const standAt = (event) => {
  const brokers = event.bootstrapServers;
  return brokers;
};

export const handler = async (event) => {
  standAt(event);
  await new Promise(() => {
    setInterval(() => {}, 1_000);
  });
};
