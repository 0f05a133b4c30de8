/** Commands of README and docs that `.ci/run` runs as steps of its own, and why no test does. */
export const ciCommands: Readonly<Record<string, string>> = {
  'npm ci && npm start': 'installs, and plays the whole recording',
  'npm ci && npm test': 'installs, and is what runs the tests',
  'npm start': 'plays the whole recording',
  'npm test': 'is what runs the tests',
  'npm run lint': 'takes longer than a test may',
  'npm run mutants': 'takes minutes',
  'npm run test:integration': 'needs Java and Maven',
  'npm run test:browser': 'takes minutes',
  'npm run test:live': 'takes minutes',
  'npm run test:new': 'takes minutes',
  'npm run drill': 'takes minutes',
  'npm run soak': 'takes an hour, and minutes where it is short',
  'npm run faults': 'needs Java and Maven, and takes minutes',
  'npm run verify': 'is made of the other steps, npm test among them',
  'npm run synth': 'writes to cdk.out, and takes longer than a test may',
  'npx cdk synth --quiet': 'writes to cdk.out, and takes longer than a test may',
};

/** Commands that the integration tests run, which are a step too; each is named in that test. */
export const integrationCommands: Readonly<Record<string, string>> = {
  'npm run up': 'test/integration/services/up.test.ts',
};

export interface Ci {
  /** The text of `.ci/run`. */
  readonly run: string;
  /** Of package.json. */
  readonly scripts: Readonly<Record<string, string>>;
}

/** The command of each step: `step <name> <seconds> <command…>`. */
const stepsOf = (run: string): readonly string[] =>
  [...run.matchAll(/^step \S+ \d+ (.*?)(?: \|\| finish)?$/gm)].map(([, command = '']) => command);

/**
 * Whether every part of a command is a step's, as it stands or with options behind it. A script that is made of others is
 * looked into; a program that npx starts may be started by a script.
 */
export const isRunByCi = (command: string, ci: Ci): boolean => {
  const steps = stepsOf(ci.run);
  const isStep = (part: string): boolean =>
    steps.some((step) => step === part || step.startsWith(`${part} `));
  return command.split(' && ').every((part) => {
    if (isStep(part)) return true;
    const script = /^npm run (\S+)$/.exec(part)?.[1];
    const parts = script === undefined ? undefined : ci.scripts[script];
    if (parts?.includes(' && ')) return isRunByCi(parts, ci);
    const program = /^npx (.+)$/.exec(part)?.[1];
    return Object.keys(ci.scripts).some((name) => ci.scripts[name] === program && isStep(`npm run ${name}`));
  });
};

/** One sentence for each of {@link ciCommands} that `.ci/run` does not run. */
export const notRunByCi = (ci: Ci): readonly string[] =>
  Object.keys(ciCommands)
    .filter((command) => !isRunByCi(command, ci))
    .map(
      (command) =>
        `\`${command}\`: expected a step of .ci/run for each part of it. Fix: add the step, or run the command in a test.`,
    );
