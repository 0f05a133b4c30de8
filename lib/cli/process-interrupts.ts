import type { CommandContext } from './command.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ctrl-C and its kin, told to a listener instead of ending the process. */
export const onProcessInterrupt: CommandContext['onInterrupt'] = (listener) => {
  let count = 0;
  const interrupted = (): void => {
    count += 1;
    listener(count);
  };
  for (const signal of signals) process.on(signal, interrupted);
  return () => {
    for (const signal of signals) process.off(signal, interrupted);
  };
};
