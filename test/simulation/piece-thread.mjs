// Plain JavaScript: types are stripped, and modules compiled, once on a machine and not in every thread of a search.
import module from 'node:module';

module.enableCompileCache();
await import('./piece-worker.ts');
