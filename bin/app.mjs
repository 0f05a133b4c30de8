// Plain JavaScript: enables the compile cache first, so that types are stripped, and modules compiled, once and not at every synth.
import module from 'node:module';
import { fileURLToPath } from 'node:url';

module.enableCompileCache();
const { buildInThread } = await import('../lib/build/build-in-thread.ts');
// Begun before the CDK is loaded, which takes this thread about as long as a build without changes takes the other.
const built = buildInThread({ root: fileURLToPath(new URL('..', import.meta.url)), outFolder: 'dist' });
const { synthesize } = await import('./app.ts');
await synthesize(built);
