import { UsageError } from '../../core/errors.ts';
import { letterName, type Letter } from './letter.ts';

/**
 * The letter of a name such as `inference/2/1045`, or of a whole id.
 *
 * @throws {UsageError} where there is none, or more than one: a topic that was created again has the same offsets again
 */
export const findLetter = (letters: readonly Letter[], wanted: string): Letter => {
  const found = letters.filter((letter) => letter.id === wanted || letterName(letter) === wanted);
  const [first, ...others] = found;
  if (first === undefined)
    throw new UsageError('USAGE', {
      message: `got letter "${wanted}", expected one that is listed, such as features/0/17. Fix: npx freshet dlq list shows them.`,
    });
  if (others.length > 0)
    throw new UsageError('USAGE', {
      message: `got letter "${wanted}", which ${found.length} letters are called. Fix: name one by its id: ${found.map(({ id }) => id).join(' or ')}.`,
    });
  return first;
};
