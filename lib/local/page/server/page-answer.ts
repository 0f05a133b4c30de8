import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { ConfigError, messageOf, TransientError, UsageError } from '../../../core/errors.ts';

/** What the page is told where something is not as it should be. */
export interface PageProblem {
  readonly what: string;
  readonly why: string;
  readonly next: string;
}

export const refuse = (c: Context, status: ContentfulStatusCode, error: PageProblem): Response =>
  c.json({ error }, status);

/** What an error says of itself, and what may help. */
export const refuseThrown = (c: Context, thrown: unknown): Response => {
  const [what = '', ...why] = messageOf(thrown).split('\n');
  const problem = (next: string): PageProblem => ({ what, why: why.join('\n'), next });
  if (thrown instanceof UsageError) return refuse(c, 400, problem('mend it, and try again'));
  if (thrown instanceof TransientError) return refuse(c, 503, problem('try again in a moment'));
  if (thrown instanceof ConfigError) return refuse(c, 409, problem('mend it, and try again'));
  return refuse(c, 503, problem('try again; the terminal of the run may say more'));
};
