// Plain JavaScript: types are stripped, and modules compiled, once on a machine and not in every thread that a function runs in.
import module from 'node:module';

module.enableCompileCache();
await import('./function-runtime.ts');
