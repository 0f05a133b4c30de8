import { join } from 'node:path';
import { noticeOfTrouble, noticeText } from '../../../lib/cli/errors/notice.ts';
import type { StageName } from '../../../lib/core/contract/resolved.ts';
import type { InvocationResult } from '../../../lib/local/event-source/function-host.ts';
import { TroubleWatch } from '../../../lib/local/stages/trouble-watch.ts';
import type { TroubleKind } from '../../../lib/local/stages/trouble.ts';
import { fakeTerminal } from '../fake-terminal.ts';
import { temporaryFolder } from '../folder.ts';

/** What the stages of the orders begin with. */
const stageTexts = {
  'functions/orders/features.ts': 'export const features = defineFeatures(contract, {\n',
  'functions/orders/inference.ts':
    'export const inference = defineInference(contract, {\n  model: suspicion,\n',
  'functions/orders/action.ts':
    "export const action = defineAction(contract, {\n  via: http({ baseUrl: param('HOLDS_URL') }),\n",
};

const where = { name: undefined, functions: undefined, state: undefined, platform: [] };

type Way = (watch: TroubleWatch) => void;

const attempts =
  (stage: StageName, said: Readonly<Record<string, unknown>>): Way =>
  (watch) =>
    watch.said(stage, {
      stream: 'stdout',
      line: JSON.stringify({ level: 'warn', message: 'attempts failed', count: 12, ...said }),
    });

const failed =
  (stage: StageName, result: InvocationResult): Way =>
  (watch) =>
    watch.invoked(stage, result);

const ways: Readonly<Record<TroubleKind, Way>> = {
  'attempt-failed': (watch) => {
    const thrown = { code: 'TypeError', at: 'functions/orders/inference.ts:14:40' };
    watch.threw('inference', {
      ...thrown,
      message: "Cannot read properties of undefined (reading 'weight')",
    });
    attempts('inference', { outcome: 'not-done', ...thrown })(watch);
  },
  'downstream-unreachable': attempts('action', { outcome: 'not-done', code: 'ECONNREFUSED' }),
  'outcome-unknown': attempts('action', { outcome: 'unknown', code: 'HTTP_503' }),
  'function-timeout': failed('features', { kind: 'timeout', afterMs: 30_000 }),
  'out-of-memory': failed('features', {
    kind: 'error',
    phase: 'invoke',
    errorType: 'Error',
    message: 'Worker terminated due to reaching memory limit: JS heap out of memory',
    code: 'ERR_WORKER_OUT_OF_MEMORY',
  }),
  'function-failed': failed('action', {
    kind: 'error',
    phase: 'invoke',
    errorType: 'Runtime.ExitError',
    message: "the function's process ended with exit code 1 before it answered",
    code: 'Runtime.ExitError',
  }),
  'function-said': (watch) => watch.said('inference', { stream: 'stderr', line: 'the model is large' }),
};

/** What is told of a trouble. */
export const provokedTroubles = (): readonly (readonly [TroubleKind, () => Promise<string>])[] =>
  (Object.entries(ways) as [TroubleKind, Way][]).map(([kind, way]) => [
    kind,
    async () => {
      const told: string[] = [];
      const root = temporaryFolder(stageTexts);
      const stageFile = (name: string): string => join(root, `functions/orders/${name}.ts`);
      const stages = {
        features: stageFile('features'),
        inference: stageFile('inference'),
        action: stageFile('action'),
      };
      const watch = new TroubleWatch(join(temporaryFolder(), 'functions.log'), (stage, trouble) => {
        if (trouble.kind === kind)
          told.push(
            noticeText(
              noticeOfTrouble(stage, trouble, { stages, state: '.freshet/orders', where }),
              root,
              fakeTerminal().out,
            ),
          );
      });
      way(watch);
      return told.join('\n');
    },
  ]);
