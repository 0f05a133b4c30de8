import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { buildPipeline } from '../../../lib/build/build-pipeline.ts';
import { embeddedBytes } from '../../../test/support/embedded-bytes.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';

it('the bundles of the flights load less than 400 KB on the embedded adapters', async () => {
  const { stages } = await buildPipeline({
    root: resolve(import.meta.dirname, '../../..'),
    pipelineFolder: 'functions/departure-delay',
    outFolder: temporaryFolder({}),
  });
  for (const { name, metafile, loadedAtStartBytes } of stages) {
    const bytes = embeddedBytes(metafile);
    expect(bytes, name).toBeGreaterThan(loadedAtStartBytes);
    expect(bytes, name).toBeLessThan(400_000);
  }
});
