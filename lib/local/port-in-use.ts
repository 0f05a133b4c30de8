import { ConfigError, messageOf } from '../core/errors.ts';

export interface RefusedPort {
  /** What cannot be done without it, as a sentence. */
  readonly what: string;
  /** The option that names it. */
  readonly flag: string;
  readonly port: number;
  readonly fix: string;
  /** Why it cannot be listened on. */
  readonly thrown: NodeJS.ErrnoException;
}

/** A port of this machine cannot be listened on: `PORT_IN_USE`. */
export const portInUse = ({ what, flag, port, fix, thrown }: RefusedPort): ConfigError =>
  new ConfigError('PORT_IN_USE', {
    message: what,
    problems: [
      {
        path: flag,
        got: `${port} (${thrown.code === 'EADDRINUSE' ? 'in use by another program' : messageOf(thrown)})`,
        expected: 'a port that is free',
        fix,
      },
    ],
    cause: thrown,
  });
