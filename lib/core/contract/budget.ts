import type { Duration } from '../units.ts';
import type { BudgetOption } from './options.ts';
import type { ResolvedBudget } from './resolved.ts';

/** With a window of 0 the poller still has to fetch. */
const leastFetchMs = 250;
const defaultEmitMs = 100;

/** Share of a plain duration, in percent; what rounding leaves over goes to process. */
const shares = {
  /** The call to the outside has most of it. */
  calls: { external: 60, process: 20, emit: 20 },
  computes: { external: 0, process: 80, emit: 20 },
} as const;

const isDuration = (budget: BudgetOption): budget is Duration => 'ms' in budget;

/** @param kind - whether the stage calls something outside (a model, an effect) or only computes */
export const resolveBudget = (
  budget: BudgetOption,
  windowMs: number,
  kind: keyof typeof shares,
): ResolvedBudget => {
  const fetchMs = windowMs === 0 ? leastFetchMs : windowMs;
  if (!isDuration(budget))
    return {
      fetchMs: budget.fetch?.ms ?? fetchMs,
      processMs: budget.process.ms,
      externalMs: budget.external?.ms ?? (kind === 'calls' ? budget.process.ms : 0),
      emitMs: budget.emit?.ms ?? defaultEmitMs,
    };
  const share = shares[kind];
  const emitMs = Math.floor((budget.ms * share.emit) / 100);
  const externalMs = Math.floor((budget.ms * share.external) / 100);
  return { fetchMs, processMs: budget.ms - externalMs - emitMs, externalMs, emitMs };
};
