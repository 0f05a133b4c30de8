/** The environment of the tests, for processes whose output is compared: without colours, whatever the tests themselves print. */
export const plainEnvironment = (): NodeJS.ProcessEnv => {
  // It would decide before NO_COLOR.
  const { FORCE_COLOR: _, ...env } = process.env;
  return { ...env, NO_COLOR: '1' };
};
