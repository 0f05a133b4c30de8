import { parentPort, workerData } from 'node:worker_threads';
import { ConfigError } from '../core/errors.ts';
import { buildPipeline } from './build-pipeline.ts';
import type { BuildAnswer, BuildOrder } from './build-in-thread.ts';
import { discoverPipelines } from './discover.ts';
import { loadSchemaBuilderAtOnce } from './schema-builder-at-once.ts';

/** Builds every pipeline of a project, and answers with them or with what is wrong. Any other failure ends the thread. */
const answer = async ({ root, outFolder }: BuildOrder): Promise<BuildAnswer> => {
  try {
    const pipelines = discoverPipelines({ root });
    const building = pipelines.map(({ folder }) =>
      buildPipeline({ root, pipelineFolder: folder, outFolder }),
    );
    return { kind: 'built', pipelines: await Promise.all(building) };
  } catch (thrown) {
    if (thrown instanceof ConfigError) return { kind: 'refused', code: thrown.code, message: thrown.message };
    throw thrown;
  }
};

loadSchemaBuilderAtOnce({ isMade: false });
parentPort?.postMessage(await answer(workerData as BuildOrder));
