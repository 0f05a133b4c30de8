import type { PageBooks } from '../../protocol/page-state.ts';
import { count, counted } from '../parts/format.ts';

/** What came in, and what has its verdict: `53,487 in = 53,487 settled`, or what is still under way. */
export const settledText = (received: number, settled: number): string =>
  received === settled
    ? `${count(received)} in = ${count(settled)} settled`
    : `${count(received)} in − ${count(settled)} settled = ${count(received - settled)} under way`;

/** The same on one short line: a note that grows and shrinks would move what is below it. */
export const broughtText = (received: number, settled: number): string =>
  received === settled
    ? settledText(received, settled)
    : `${count(received)} in, ${count(received - settled)} under way`;

/** `2,193 effects, 0 twice` */
export const effectsText = ({ receiver }: PageBooks): string =>
  `${counted(receiver.distinctKeys, 'effect')}, ${count(receiver.duplicateEffects)} twice`;

/** The first stage of the chain: what it receives is what the source brought. */
const sourceStage = ({ stages }: PageBooks): PageBooks['stages'][number] | undefined =>
  stages.find(({ name }) => name === 'features') ?? stages.at(0);

export const proofText = (books: PageBooks): string => {
  const first = sourceStage(books);
  return first === undefined
    ? 'nothing came in yet'
    : `${settledText(first.received, first.settled)}; ${effectsText(books)}`;
};
