// Plain JavaScript: types are stripped, and modules compiled, once on a machine and not at every build.
import module from 'node:module';

module.enableCompileCache();
await import('./building-thread.ts');
