/** Calls again after a while, never two at once, until it is stopped; not while the page is hidden. */
export const poll = (task: () => Promise<void>, everyMs: number): (() => void) => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;
  const turn = async (): Promise<void> => {
    if (!document.hidden) await task();
    if (!isStopped) timer = setTimeout(() => void turn(), everyMs);
  };
  void turn();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
};
