import { ConfigError } from '../core/errors.ts';

/** To the embedded log only the player writes, and it writes JSON. On a cluster others do: there a registry must be named. */
const registryOf = (platform: Readonly<Record<string, string>>): string =>
  platform['FRESHET_LOG']?.startsWith('sqlite:') ? 'none' : '';

/**
 * The environment of the functions: where log and stores are, and the action's parameters.
 *
 * @param platform - where log and stores are
 * @param params - the parameters that the action asks for
 * @param known - those that the local run itself answers: the receiver's address
 * @param variables - where the others come from, and a schema registry's address: this process' own environment
 * @throws {ConfigError} `ENVIRONMENT_INVALID`, naming every parameter that is missing
 */
export const functionVariables = ({
  environment,
  platform,
  params,
  known,
  variables,
}: {
  readonly environment: string;
  readonly platform: Readonly<Record<string, string>>;
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
    ...platform,
    FRESHET_REGISTRY: variables['FRESHET_REGISTRY'] || registryOf(platform),
    ...Object.fromEntries(values),
  };
};
