import type { Stage } from '../core/process.ts';

/** What a local run hangs into the functions that it hosts. On Lambda nobody does. */
interface LocalHooks {
  /** How much longer a model takes than it would, ms; asked at each call. */
  readonly modelDelayMs: () => number;
  /** Hears of what a model threw: its message is for whoever runs it here, and never for a log. */
  readonly threw: (thrown: unknown) => void;
}

/** A bundle has modules of its own: only what is global is known to it and to whoever loads it. */
const hooksName = Symbol.for('freshet.local-hooks');

type Holder = typeof globalThis & { [hooksName]?: LocalHooks };

/** Before the bundle is loaded. */
export const hangIn = (hooks: LocalHooks): void => {
  (globalThis as Holder)[hooksName] = hooks;
};

/** Calls, and tells of what is thrown at once or later. */
const heard = <Answer>(
  call: () => Promise<Answer> | Answer,
  { threw }: Pick<LocalHooks, 'threw'>,
): Promise<Answer> | Answer => {
  const failed = (thrown: unknown): never => {
    threw(thrown);
    throw thrown;
  };
  try {
    const answered = call();
    return answered instanceof Promise ? answered.catch(failed) : answered;
  } catch (thrown) {
    return failed(thrown);
  }
};

/** The stage as it is, or with a model that can be slowed from outside, and that tells of what it throws. */
export const withLocalHooks = (stage: Stage): Stage => {
  const hooks = (globalThis as Holder)[hooksName];
  if (hooks === undefined || stage.kind !== 'inference') return stage;
  const { model } = stage;
  const { id, version, digest } = model;
  return {
    ...stage,
    model: {
      id,
      version,
      digest,
      infer: (vector, call) => {
        const ms = hooks.modelDelayMs();
        const infer = (): ReturnType<typeof model.infer> => heard(() => model.infer(vector, call), hooks);
        if (ms === 0) return infer();
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, ms);
        call.signal.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(new Error('the model was slowed, and the time ran out'));
        });
        return promise.then(infer);
      },
    },
  };
};
