/** Names that no other test of the suite has: its tests share one place. */
export const freshNames = (prefix: string): (() => string) => {
  let made = 0;
  return () => {
    made += 1;
    return `${prefix}-${made}`;
  };
};
