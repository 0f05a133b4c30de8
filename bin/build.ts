import { fileURLToPath } from 'node:url';
import { buildPipeline } from '../lib/build/build-pipeline.ts';
import { discoverPipelines, noPipelines } from '../lib/build/discover.ts';
import { loadSchemaBuilderAtOnce } from '../lib/build/schema-builder-at-once.ts';
import { ConfigError } from '../lib/core/errors.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const outFolder = 'dist';

loadSchemaBuilderAtOnce();
try {
  const pipelines = discoverPipelines({ root });
  if (pipelines.length === 0) console.error(noPipelines);
  for (const { folder } of pipelines) {
    const { pipeline, stages } = await buildPipeline({ root, pipelineFolder: folder, outFolder });
    for (const { name, sizeBytes, loadedAtStartBytes, digest } of stages)
      console.log(
        `${outFolder}/${pipeline.name}/${name}  ${Math.ceil(sizeBytes / 1_000)} KB, ${Math.ceil(loadedAtStartBytes / 1_000)} KB of it at start  ${digest.slice(0, 12)}`,
      );
  }
} catch (thrown) {
  if (!(thrown instanceof ConfigError)) throw thrown;
  console.error(thrown.message);
  process.exitCode = 1;
}
