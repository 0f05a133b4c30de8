/** What a function may ask for besides its input. */
export type Asked = 'clock' | 'randomness';

/** Far enough that another hour, weekday, month and year may be seen. */
const movedMs = ((400 * 24 + 5) * 60 + 17) * 60_000;

const realDate = Date;
const realNow = performance.now.bind(performance);

const movedDate = (asked: (what: Asked) => void): DateConstructor => {
  const now = (): number => {
    asked('clock');
    return realDate.now() + movedMs;
  };
  return new Proxy(realDate, {
    construct: (target, args: readonly unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
    apply: () => new realDate(now()).toString(),
    get: (target, member) => (member === 'now' ? now : (Reflect.get(target, member) as unknown)),
  });
};

/** Puts another value in the place of a member until `undo`. */
const replaced = (target: object, member: string, value: unknown): { readonly undo: () => void } => {
  const before = Object.getOwnPropertyDescriptor(target, member);
  Object.defineProperty(target, member, { value, configurable: true, writable: true });
  return {
    undo: () => {
      if (before === undefined) Reflect.deleteProperty(target, member);
      else Object.defineProperty(target, member, before);
    },
  };
};

/**
 * Calls a function at another time and with other luck, and tells which of the two it asked for.
 *
 * @param call - returns at once: what goes on after it returned sees the real world
 * @param luck - what every random number is, 0 ≤ luck < 1
 */
export const elsewhere = <Result>(
  call: () => Result,
  luck: number,
): { readonly result: Result; readonly asked: ReadonlySet<Asked> } => {
  const asked = new Set<Asked>();
  const random = (): number => {
    asked.add('randomness');
    return luck;
  };
  const places = [
    replaced(
      globalThis,
      'Date',
      movedDate((what) => asked.add(what)),
    ),
    replaced(performance, 'now', () => {
      asked.add('clock');
      return realNow() + movedMs;
    }),
    replaced(Math, 'random', random),
    replaced(
      crypto,
      'randomUUID',
      () => `00000000-0000-4000-8000-${String(random()).slice(2).padStart(12, '0')}`,
    ),
    replaced(crypto, 'getRandomValues', (array: Uint8Array) => array.fill(Math.floor(random() * 256))),
  ];
  try {
    return { result: call(), asked };
  } finally {
    for (const place of places) place.undo();
  }
};
