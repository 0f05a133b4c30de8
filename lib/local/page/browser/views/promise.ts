import type { PageState } from '../../protocol/page-state.ts';
import { el } from '../parts/dom.ts';
import { count, duration, percent } from '../parts/format.ts';
import { figure, meter } from '../parts/pieces.ts';

interface PromiseFigures {
  readonly nodes: readonly HTMLElement[];
  readonly show: (state: PageState) => void;
}

/** What is promised, and what is left of it: the share within the target, and the error budget. */
export const promiseFigures = (): PromiseFigures => {
  const kept = figure('Target kept');
  const budget = figure('Error budget left');
  const left = meter();
  budget.node.append(el('dd', {}, left.node));
  const show = ({ target, kept: { share, lost, brokenMostBy, budgetLeft } }: PageState): void => {
    const isMissed = share !== null && share < target.objective;
    const parts = [
      `${isMissed ? '✕ ' : ''}within ${duration(target.ms)}`,
      `promised for ${percent(target.objective, target.objective > 0.99 ? 2 : 0)}`,
      ...(lost === 0 ? [] : [`${count(lost)} lost`]),
      ...(isMissed && brokenMostBy !== null ? [`broken most often by ${brokenMostBy}`] : []),
    ];
    kept.show(percent(share, 2), parts.join('; '), isMissed ? 'bad' : 'plain');
    if (budgetLeft !== null && budgetLeft <= 0)
      budget.show('spent', `✕ ${(1 - budgetLeft).toFixed(1)} × what may be late or lost`, 'bad');
    else budget.show(percent(budgetLeft, 0), 'of what may be late or lost');
    left.show(budgetLeft ?? 0);
  };
  return { nodes: [kept.node, budget.node], show };
};
