import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import type { BuiltStage } from './bundle-stage.ts';
import { filesAmong } from './kept.ts';

/** Every file that a stage was bundled of, absolute. */
export const stageInputs = (root: string, { metafile }: Pick<BuiltStage, 'metafile'>): readonly string[] =>
  filesAmong(JSON.parse(readFileSync(metafile, 'utf8')) as Metafile).map((path) => join(root, path));
