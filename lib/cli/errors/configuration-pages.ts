import type { ErrorCode } from '../../core/errors.ts';
import type { ErrorPage, UnexpectedCode } from './page.ts';

/** What keeps a command, a cold start or a synth from beginning. */
export const configurationPages = {
  USAGE: {
    meaning: 'The command was called in a way it cannot serve.',
    expected: 'arguments and options as the help of the command lists them',
    causes: [
      'A name is misspelt, or a pipeline is not named where there are several.',
      'An option has a value that it cannot have, or two options contradict each other.',
    ],
    mend: ['Read the help of the command: the same command with `--help`.'],
  },
  CONTRACT_INVALID: {
    meaning: 'The contract of a pipeline contradicts itself.',
    expected: 'a contract all of whose promises can be kept together',
    causes: [
      'The budgets of the stages add up to more than the freshness target.',
      'A name, a retention or a number of attempts is outside its bounds.',
      'Two policies exclude each other.',
    ],
    mend: [
      'Change each member that is named; all contradictions are listed at once, each with its own fix.',
      'Run `npx freshet contract check` until it is silent.',
    ],
  },
  PIPELINE_INVALID: {
    meaning: 'A folder is no pipeline, or a file of it does not export what it must.',
    expected:
      'contract.ts, features.ts, inference.ts and action.ts, and recording.ts for the local run, each of which loads without an error',
    causes: [
      'A file is missing, or its export has another name.',
      'The code of a file throws while it is loaded.',
      'The folder and the contract name different pipelines.',
      'Another folder lies under functions/.',
    ],
    mend: [
      'Mend the file that is named, at the line that is named.',
      'Compare it with the same file of a pipeline that runs, such as test/fixtures/orders.',
    ],
  },
  BUILD_FAILED: {
    meaning: 'A stage cannot be bundled, or its bundle is not fit to be a function.',
    expected:
      'code that compiles, with at most 700 KB beside the own files of the pipeline, and without the AWS CDK',
    causes: [
      'A syntax error, or an import of a file or package that is not there.',
      'A large package is imported whole.',
    ],
    mend: [
      'Mend the line that is shown.',
      'Install the package that is missing, or import less of one that is large.',
    ],
  },
  INPUT_INVALID: {
    meaning: 'The recording cannot be played.',
    expected: 'a folder with files whose names match the patterns of recording.ts',
    causes: [
      '`--input`, or `folder` in recording.ts, names a folder that is not there: it counts from the root of the project.',
      'No file in it has a name of the pattern of the source.',
      'A file may not be read by whoever runs the command.',
      'A .gz file is cut off, or is none.',
      '`--from` and `--to` leave nothing to play.',
    ],
    mend: [
      'Name the folder with `--input`, or correct `folder` and `pattern` in recording.ts.',
      'Make the file that is named readable, or copy it again, as the message says.',
    ],
  },
  SAMPLE_INVALID: {
    meaning: 'No pipeline can be made of the sample that `--from-sample` names: nothing was made.',
    expected:
      'a file with one JSON object a line, that agree in the kinds of their members, each with a key and a time',
    causes: [
      'A line is no JSON, or no object.',
      'A member has values of several kinds.',
      'No member is a time with its zone, or none can be the Kafka key: they lie inside another member, or are numbers too large.',
      '`--key`, `--time`, `--value` or `--id` names a member that cannot be it, or is something else already.',
    ],
    mend: [
      'Mend what is named, in the sample or where the events are produced; everything is listed at once.',
      'Where members really have values of several kinds, take them as they are with `--mixed union`.',
    ],
  },
  STATE_FOLDER_INVALID: {
    meaning: 'The state folder of a local run cannot be used.',
    expected: 'a folder that this run alone may write, with state of the same version, recording and range',
    causes: [
      'Another run is using it: the message names its process.',
      'It was made by another version of Freshet, from another recording or another range.',
      'It belongs to another user, or holds something else.',
    ],
    mend: [
      'Stop the other run, or give this one a folder of its own with `--state`.',
      'Delete the state with `--reset` and begin anew, where it may be lost.',
    ],
  },
  PORT_IN_USE: {
    meaning: 'The port that was asked for cannot be listened on.',
    expected: 'a port of 127.0.0.1 that is free',
    causes: ['Another program listens there, often an earlier run.', 'The system reserves the port.'],
    mend: ['Leave `--port` out: one that is free is taken.', 'Name another port, or stop the other program.'],
  },
  DISK_FULL: {
    meaning: 'A disk has no room for what is written to it.',
    expected:
      'room for what is written, such as the state of a run: every event of the recording, and all that comes of it',
    causes: ['The disk, or the quota of this user, is used up.'],
    mend: [
      'Free some room: what was acknowledged is kept, and the run, or the next one, goes on where it was.',
      'Put the state on another disk with `--state`, and temporary files with TMPDIR.',
    ],
  },
  ENVIRONMENT_INVALID: {
    meaning: 'What a function or a command is told by its environment is missing or wrong.',
    expected: 'every variable that the stage needs, as FreshetPipeline and the local run set them',
    causes: [
      'A parameter of the action is not set: the local run answers only the one of the receiver.',
      'The contract has sources in Avro or Protobuf, or keeps large payloads, and nobody says where.',
      'A function was deployed by something else than FreshetPipeline.',
      'A table of that name is there already, and has other keys or no index.',
    ],
    mend: ['Set each variable that is named: `NAME=value npx freshet dev`.'],
  },
  AUTHENTICATION_INVALID: {
    meaning: 'How to authenticate to the brokers is described wrongly.',
    expected: 'one of the forms that docs/architecture.md lists under "Authentication to Kafka"',
    causes: [
      'A secret lacks a field, or is no JSON.',
      'A properties file has a setting that is not supported.',
      '`--auth` is misspelt.',
    ],
    mend: ['Correct what is named; the values of secrets are never shown.'],
  },
  AUTHENTICATION_REFUSED: {
    meaning: 'The brokers refuse the credentials.',
    expected: 'credentials that the brokers know, with the mechanism that they offer on this port',
    causes: [
      'The password, the certificate or the role is another.',
      'The port is that of another mechanism.',
      'A rotation is under way: what worked before is tried again by itself.',
    ],
    mend: [
      'Run `npx freshet doctor` with the same options: it says what the brokers offer.',
      'Correct the secret.',
    ],
  },
  MODEL_INVALID: {
    meaning: 'The file of a model cannot be used.',
    expected: 'a model file whose digest is that of its content',
    causes: ['The file was edited by hand, or is of another kind.', 'It was not trained for this vector.'],
    mend: ['Train it anew with `npm run train`, and do not edit it.'],
  },
  RUNTIME_UNSUPPORTED: {
    meaning: 'This Node cannot run Freshet.',
    expected: 'Node 24 or later, which reads TypeScript as it is',
    causes: [
      'An older Node is the first on the PATH, and `npm ci` brought none for this system.',
      'Optional dependencies were left out.',
    ],
    mend: ['Run the command that the message names, then try again.'],
  },
  FUNCTION_START_FAILED: {
    meaning: 'The function of a stage cannot be loaded, however often it is tried.',
    expected: 'a module that loads without an error',
    causes: [
      'Its code throws while it is loaded: outside of any function, as where a model or a file is read.',
      'A package that it needs at run time was not bundled.',
    ],
    mend: ['Mend the line that is named; what was played is kept, and the next run goes on with it.'],
  },
  unexpected: {
    meaning: 'Something failed that has no code: a fault of Freshet, or of code that it called.',
    expected: 'no failure, or one with a code of its own',
    causes: [
      'Code of the pipeline threw where Freshet did not expect it: then its line is named.',
      'A fault of Freshet.',
    ],
    mend: [
      'Where a line of the pipeline is named, mend it; otherwise report what was called and what was printed.',
    ],
  },
} as const satisfies Partial<Record<ErrorCode | UnexpectedCode, ErrorPage>>;
