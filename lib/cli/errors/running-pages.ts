import type { TroubleKind } from '../../local/stages/trouble.ts';
import type { ErrorPage } from './page.ts';

/** What goes wrong with a function while it runs. */
export const runningPages: Readonly<Record<TroubleKind, ErrorPage>> = {
  'attempt-failed': {
    meaning: 'The model or the transport of a stage failed on records of a batch; they are tried again.',
    expected: 'an answer for each record',
    causes: [
      'The code of the model throws: then its line is named.',
      'A hosted model is slow or throttled (TIMEOUT, HTTP_429).',
      'The endpoint of the action answers that it cannot do it now.',
    ],
    mend: [
      'Look after what is called; where a line of the pipeline threw, mend it.',
      'On AWS the log names the class of what was thrown, never its message, which may quote a record: the local run shows it, and so does `npx freshet invoke <stage> --event <file> --observe`; with `--inspect inference` a debugger stops where it throws.',
      'Nothing is lost: what gives up becomes a dead letter that says why, and `dlq redrive` processes it again.',
    ],
  },
  'downstream-unreachable': {
    meaning: 'The endpoint of the action cannot be reached: nothing was sent, and it is tried again.',
    expected: 'an endpoint that accepts connections',
    causes: [
      'Nothing listens at its address: it is not started, or the port is another.',
      'Its host name is misspelt, or not known on this machine.',
    ],
    mend: [
      'Start it, or correct the parameter that `baseUrl` of action.ts names.',
      'Nothing is lost: decisions wait until the contract gives up on them, and `dlq redrive` sends those again.',
    ],
  },
  'outcome-unknown': {
    meaning: 'A request may have been done or not: its answer never came, or was one that leaves it open.',
    expected: 'an answer that says whether it was done',
    causes: [
      'The connection broke after the request was out.',
      'The endpoint answered 5xx, 408, 409 or 425.',
    ],
    mend: [
      'With keyed() nothing: the same request is sent again under the same key.',
      'With atMostOnce() look for its key at the endpoint, and say what became of it: `npx freshet effects list`, then `effects resolve <key>`.',
    ],
  },
  'function-timeout': {
    meaning: 'An invocation was ended, for it took longer than its function may.',
    expected: 'an invocation that ends within the timeout of the mapping',
    causes: [
      'A loop in a stage never ends: the function is blocked, and answers nothing.',
      'A call has no deadline of its own.',
    ],
    mend: [
      'Look for the loop in the functions of the stage, or pass the abort signal on to what is called.',
      'Raise `mapping.timeout` of the stage in the contract, where the work is really that long.',
    ],
  },
  'out-of-memory': {
    meaning:
      'A worker was ended, for an invocation took more memory than its function has: 512 MB in the local run.',
    expected: 'an invocation whose memory does not grow with the number of records',
    causes: [
      'State grows without bound: a list in a row that is never cut.',
      'A file or a model is read anew for every record.',
    ],
    mend: [
      'Keep the state of a row bounded, and load what is large once, outside of the functions.',
      'See what takes it: with `--inspect <stage>` a debugger takes a heap snapshot of the worker while it grows.',
      'Where it is the records of a batch together, make batches smaller: `batchSize` in `mapping` of the stage in the contract.',
      'The batch is delivered again; a record that always does it ends as mapping-gave-up once the retries are used up.',
    ],
  },
  'function-failed': {
    meaning: 'An invocation failed as a whole: its batch is delivered again.',
    expected: 'an invocation that answers with what it finished',
    causes: [
      'A store, the log or a secret could not be reached.',
      'Something that must never be true is true: the message says what.',
      'The code of the stage ended its process.',
    ],
    mend: ['Do what the message says; where a line of the pipeline is named, mend it.'],
  },
  'function-said': {
    meaning: 'A function logged an error, or wrote to standard error.',
    expected: 'silence',
    causes: ['Code of the pipeline, a library or Node has something to say.'],
    mend: ['Read it whole in functions.log of the state folder.'],
  },
};
