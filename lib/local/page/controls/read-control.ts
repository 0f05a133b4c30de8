import { UsageError } from '../../../core/errors.ts';
import type { Control } from '../protocol/page-api.ts';

/** Longest time that a model can be slowed by, ms. */
const mostDelayMs = 60_000;
const fastest = 1e9;

const refused = (got: unknown, expected: string, fix: string): UsageError =>
  new UsageError('USAGE', { message: `got ${JSON.stringify(got)}, expected ${expected}. Fix: ${fix}.` });

const isNumber = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && value >= least && value <= most;

/**
 * What a request asks for.
 *
 * @throws {UsageError} for what is no control
 */
export const readControl = (body: unknown): Control => {
  if (typeof body !== 'object' || body === null)
    throw refused(body, 'an object with a kind', 'send JSON such as {"kind":"pause"}');
  const { kind, factor, stage, is, ms } = body as Readonly<Record<string, unknown>>;
  switch (kind) {
    case 'play':
    case 'pause':
    case 'poison':
      return { kind };
    case 'speed':
      if (factor === 'fast' || (isNumber(factor, 0, fastest) && factor > 0)) return { kind, factor };
      throw refused(factor, 'a factor above 0, or "fast"', 'send {"kind":"speed","factor":15000}');
    case 'kill-worker':
      if (typeof stage === 'string') return { kind, stage };
      throw refused(stage, 'the name of a stage', 'send {"kind":"kill-worker","stage":"inference"}');
    case 'receiver':
      if (is === 'answers' || is === 'dropped') return { kind, is };
      throw refused(is, '"answers" or "dropped"', 'send {"kind":"receiver","is":"dropped"}');
    case 'model-delay':
      if (isNumber(ms, 0, mostDelayMs)) return { kind, ms: Math.round(ms) };
      throw refused(ms, `milliseconds from 0 to ${mostDelayMs}`, 'send {"kind":"model-delay","ms":500}');
    case 'action':
      if (is === 'paused' || is === 'running') return { kind, is };
      throw refused(is, '"paused" or "running"', 'send {"kind":"action","is":"paused"}');
    default:
      throw refused(
        kind,
        'a kind: play, pause, speed, kill-worker, receiver, model-delay, poison, action',
        'name one of them',
      );
  }
};
