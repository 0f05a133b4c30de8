import { ConfigError } from '../core/errors.ts';

/**
 * The environment of the functions: where log and stores are, and the action's parameters.
 *
 * @param params - the parameters that the action asks for
 * @param known - those that the local run itself answers: the receiver's address
 * @param variables - where the others come from: this process' own environment
 * @throws {ConfigError} `ENVIRONMENT_INVALID`, naming every parameter that is missing
 */
export const functionVariables = ({
  environment,
  folder,
  params,
  known,
  variables,
}: {
  readonly environment: string;
  readonly folder: string;
  readonly params: readonly string[];
  readonly known: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string | undefined>>;
}): Readonly<Record<string, string>> => {
  const values = params.map((name) => [name, known[name] ?? variables[name] ?? ''] as const);
  const missing = values.filter(([, value]) => value === '');
  if (missing.length > 0)
    throw new ConfigError('ENVIRONMENT_INVALID', {
      message: 'The action asks for parameters that are not set.',
      problems: missing.map(([name]) => ({
        path: name,
        got: 'nothing',
        expected: 'a value',
        fix: `set it in the environment of the command: ${name}=… npx freshet dev`,
      })),
    });
  return {
    FRESHET_ENVIRONMENT: environment,
    FRESHET_LOG: `sqlite:${folder}`,
    FRESHET_STORE: `sqlite:${folder}`,
    ...Object.fromEntries(values),
  };
};
