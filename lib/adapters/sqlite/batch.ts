import type { Read } from '../../core/ports/stores.ts';
import { storeUnavailable, type Database } from './database.ts';

interface Unavailable {
  readonly kind: 'unavailable';
  readonly cause: unknown;
}

const unavailable = (thrown: unknown): Unavailable => ({
  kind: 'unavailable',
  cause: storeUnavailable(thrown),
});

/** One read transaction for all requests; one answer for each, in their order. Never throws. */
export const readEach = <Request, Value>(
  database: Database,
  requests: readonly Request[],
  read: (request: Request) => Value,
): readonly Read<Value>[] => {
  if (requests.length === 0) return [];
  try {
    return database.read(() =>
      requests.map((request) =>
        database.each<Read<Value>>(() => ({ kind: 'read', value: read(request) }), unavailable),
      ),
    );
  } catch (thrown) {
    const answer = unavailable(thrown);
    return requests.map(() => answer);
  }
};

/** One write transaction for all requests, each of which writes at most once; one answer for each, in their order. Never throws. */
export const writeEach = <Request, Answer extends { readonly kind: string }>(
  database: Database,
  requests: readonly Request[],
  write: (request: Request) => Answer,
): readonly (Answer | Unavailable)[] => {
  if (requests.length === 0) return [];
  try {
    return database.write(() =>
      requests.map((request) => database.each<Answer | Unavailable>(() => write(request), unavailable)),
    );
  } catch (thrown) {
    const answer = unavailable(thrown);
    return requests.map(() => answer);
  }
};
