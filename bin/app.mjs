// Plain JavaScript: enables the compile cache first, so that types are stripped, and modules compiled, once and not at every synth.
import module from 'node:module';

module.enableCompileCache();
await import('./app.ts');
