import { fileURLToPath } from 'node:url';

/** Absolute path of one of the engine's own modules, wherever the engine is installed. @param path - from `lib/` */
export const engineModule = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
