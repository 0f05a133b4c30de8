import type { Choices } from '../../new/template-files.ts';
import { chosenAmong, type Candidates, type Roles, type WantedRoles } from '../../new/roles.ts';
import type { Choosable, Terminal } from '../terminal.ts';

/** Somebody left a question with Ctrl-C. */
export const left = Symbol('left');

type Given<Answers> = { readonly [Name in keyof Answers]: Answers[Name] | undefined };

const questions: {
  readonly [Name in keyof Choices]: {
    readonly question: string;
    readonly words: readonly (Choosable & { readonly word: Choices[Name] })[];
  };
} = {
  features: {
    question: 'Features: what is an event compared with?',
    words: [
      { word: 'stateful', hint: 'the past of its entity: a row is kept for each' },
      { word: 'stateless', hint: 'nothing but itself' },
    ],
  },
  model: {
    question: 'Model: where is it?',
    words: [
      { word: 'bundled', hint: 'in the code of its stage' },
      { word: 'hosted', hint: 'behind HTTP; a stand-in answers in the local run' },
    ],
  },
  effect: {
    question: 'Effect: what does the downstream do with a request that comes twice?',
    words: [
      { word: 'keyed', hint: 'it honours an idempotency key: at-least-once, with one effect' },
      { word: 'at-most-once', hint: 'it would do it twice: sent once, and in doubt where nobody answered' },
    ],
  },
};

/** What a choice is: as it was given, as somebody answers, or the first word. */
const choiceOf = async <Name extends keyof Choices>(
  name: Name,
  given: Given<Choices>,
  terminal: Terminal | undefined,
): Promise<Choices[Name] | typeof left> => {
  const { question, words } = questions[name];
  const chosen =
    given[name] ?? (terminal === undefined ? words[0]?.word : await terminal.choose(question, words));
  return words.find(({ word }) => word === chosen)?.word ?? left;
};

/** @param terminal - `undefined`: nobody is asked */
export const askChoices = async (
  given: Given<Choices>,
  terminal: Terminal | undefined,
): Promise<Choices | typeof left> => {
  const features = await choiceOf('features', given, terminal);
  if (features === left) return left;
  const model = await choiceOf('model', given, terminal);
  if (model === left) return left;
  const effect = await choiceOf('effect', given, terminal);
  return effect === left ? left : { features, model, effect };
};

const roleQuestions: Readonly<Record<'key' | 'time' | 'value', string>> = {
  key: 'Key: what is an event about?',
  time: 'Time: when did it happen?',
  value: 'Value: which number is watched?',
};

/** Asks for the roles that nobody named and that several members could have; what was found is the first to choose. */
export const askRoles = async (
  candidates: Candidates,
  given: WantedRoles,
  terminal: Terminal,
): Promise<WantedRoles | typeof left> => {
  const wanted: Partial<Record<keyof Roles, string>> = { ...given };
  for (const role of ['key', 'time', 'value'] as const) {
    const { [role]: best, key, id } = chosenAmong(candidates, wanted);
    // The key is asked for first: what is only guessed to be something else gives way to it.
    const taken = new Set([best, ...(role === 'key' ? [wanted.value, wanted.id] : [key, id])]);
    const others = candidates[role].filter((name) => !taken.has(name));
    if (given[role] !== undefined || best === undefined || others.length === 0) continue;
    const words = [{ word: best, hint: 'the best guess' }, ...others.map((word) => ({ word }))];
    const answer = await terminal.choose(roleQuestions[role], words);
    if (answer === undefined) return left;
    wanted[role] = answer;
  }
  return wanted;
};
