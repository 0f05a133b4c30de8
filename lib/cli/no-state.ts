import { existsSync } from 'node:fs';
import { ConfigError } from '../core/errors.ts';
import { nextCommand, type Whereabouts } from './next-command.ts';

/**
 * There is no state in a folder, and a command that looks must not make one.
 *
 * @param orElse - another way out than a local run
 */
export const noState = (folder: string, where: Whereabouts, orElse?: string): ConfigError =>
  new ConfigError('STATE_FOLDER_INVALID', {
    message: 'There is no state to look at.',
    problems: [
      {
        path: '--state',
        got: `${folder}, which ${existsSync(folder) ? 'holds none' : 'does not exist'}`,
        expected: 'the state folder of a local run',
        fix: [
          `start one with \`${nextCommand('dev', where)}\`, or name its folder with \`--state\``,
          ...(orElse === undefined ? [] : [`or ${orElse}`]),
        ].join(', '),
      },
    ],
  });
